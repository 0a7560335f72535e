import HTTP1
import JSON
import Log
import Testing

@testable import Hub

private let webhook = "/api/cascade/webhook"

extension Scene {
    @discardableResult
    fileprivate func register(_ name: String, _ body: String = "") throws -> Response {
        try send(.put, "/api/cascade/commands/\(name)", body: body)
    }

    /// Sends a command without waiting; its identifier.
    fileprivate func call(_ name: String) throws -> String {
        let receipt = try send(.post, webhook, body: #"{"command":"\#(name)"}"#)
        return try #require(try receipt.json()["id"]?.string)
    }

    fileprivate func reply(_ id: String, _ type: String, _ data: String = "1") throws {
        _ = try send(
            .post, "/publish",
            body: #"{"group":"replies:\#(id)","type":"\#(type)","data":\#(data)}"#)
    }

    fileprivate func metrics(_ query: String = "") throws -> String {
        try send(.get, "/api/cascade/metrics\(query)").text
    }

    fileprivate func endWait(_ id: String) throws -> Response {
        switch try store.run(SentCommand(id: id).endWait) {
        case .success(let response): response
        case .failure(let problem): problem.response(instance: webhook)
        }
    }

    fileprivate func look(_ id: String) throws -> Response {
        switch try SentCommand(id: id).look(store) {
        case .success(let response): response
        case .failure(let problem): problem.response(instance: webhook)
        }
    }
}

@Suite("Seed 000: commands that are registered")
struct CommandRegistration {
    let scene = Scene(maxEventBytes: 4096)

    @Test func `are put, put anew, listed by name, and deleted`() throws {
        let made = try scene.register(
            "b", #"{"description":"dos","parameters":{"required":["x"]}}"#)
        #expect(made.status == .created)
        #expect(made.fields.first("location") == "/api/cascade/commands/b")
        #expect(
            made.text
                == #"{"name":"b","description":"dos","group":"commands:b","parameters":{"required":["x"]}}"#
        )
        #expect(try scene.register("b", "{}").status == .ok)
        try scene.register("a")
        #expect(
            try scene.send(.get, "/api/cascade/commands/").text
                == #"{"commands":[{"name":"a","description":"","group":"commands:a","parameters":null},"#
                + #"{"name":"b","description":"","group":"commands:b","parameters":null}]}"#)
        #expect(try scene.send(.delete, "/api/cascade/commands/a").status == .noContent)
        #expect(try scene.send(.delete, "/api/cascade/commands/a").code() == "command_unknown")
        #expect(try scene.send(.get, "/api/cascade/commands/a").code() == "command_unknown")
    }

    @Test(arguments: [
        (#"{"description":""}"#, ["/description"]), (#"{"description":7}"#, ["/description"]),
        (#"{"parameters":{"requierd":[]}}"#, ["/parameters/requierd"]),
        (#"{"parameters":[]}"#, ["/parameters"]),
    ])
    func `say what is wrong with them`(body: String, pointers: [String]) throws {
        let response = try scene.register("a", body)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == pointers)
        #expect(try scene.send(.get, "/api/cascade/commands/a").status == .notFound)
    }

    @Test(
        "have names that are one segment, up to 100 bytes",
        arguments: [
            (String(repeating: "x", count: 100), true), (String(repeating: "x", count: 101), false),
            ("a:b", false), ("$a", false), ("a%20b", false), ("get_x.y-z", true),
        ])
    func names(_ name: String, _ isTaken: Bool) throws {
        #expect(try (scene.register(name).status == .created) == isTaken)
    }

    @Test func `are bounded, and one that is there can be put at the bound`() throws {
        for number in 2...Command.maxCount {
            let command = Command(name: "c\(number)", description: "", parameters: nil)
            try scene.store.put(Command.collection, command.name, command.json)
        }
        #expect(try scene.register("c1").status == .created)
        #expect(try scene.register("more").code() == "conflict")
        #expect(try scene.register("c1").status == .ok)
        _ = try scene.send(.delete, "/api/cascade/commands/c1")
        #expect(try scene.register("more").status == .created)
    }
}

@Suite("Seed 000: POST /api/cascade/webhook")
struct CommandSending {
    let scene = Scene(maxEventBytes: 4096)

    @Test func `makes an event of a registered command, and says where its reply will be`() throws {
        try scene.register("get_data")
        let response = try scene.send(
            .post, "\(webhook)/", body: #"{"command":"get_data","parameters":{"fecha": "2024"}}"#)
        #expect(response.status == .accepted)
        #expect(response.fields.first("location") == "\(webhook)/id1")
        #expect(
            response.text
                == #"{"status":"pending","id":"id1","command":"get_data","reply_to":"replies:id1"}"#
        )
        #expect(
            scene.store.events == [
                #"commands:get_data command data={"id":"id1","command":"get_data","#
                    + #""parameters":{"fecha":"2024"},"reply_to":"replies:id1","deadline":null}"#
            ])
    }

    @Test(
        "waits where it is asked to, up to a minute",
        arguments: [
            ("", #""wait":"5s""#, 5000), ("?wait=2s", #""wait":"5s""#, 2000),
            ("?wait=1500ms", #""x":1"#, 1500), ("", #""wait":3"#, 3000), ("?wait=0s", #""x":1"#, 0),
            ("", #""wait":null"#, 0), ("?wait=61s", #""x":1"#, 60_000),
            ("", #""wait":"2m""#, 60_000),
        ])
    func wait(_ query: String, _ member: String, _ milliseconds: Int) throws {
        try scene.register("a")
        let reaction = try scene.react(
            .post, webhook + query, body: #"{"command":"a",\#(member)}"#)
        var wait = Duration.zero
        if case .call(let plan) = reaction { wait = plan.wait }
        #expect(wait == .milliseconds(milliseconds))
        _ = try scene.send(.post, webhook + query, body: #"{"command":"a",\#(member)}"#)
        let deadline = wait > .zero ? "\"\((tenOClock + wait).rfc3339)\"" : "null"
        #expect(scene.store.events.last?.hasSuffix("\"deadline\":\(deadline)}") == true)
    }

    @Test(arguments: [
        ("{}", ["/command"]),
        (
            #"{"command":7,"parameters":[],"wait":"soon"}"#,
            ["/command", "/parameters", "/wait"]
        ),
        (#"{"command":"a","wait":-1}"#, ["/wait"]),
        (
            #"{"command":"a","parameters":"x"}"#,
            ["/parameters"]
        ),
    ])
    func `says what is wrong with a body`(body: String, pointers: [String]) throws {
        let response = try scene.send(.post, webhook, body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == pointers)
    }

    @Test func `answers 404 with the list, and counts what somebody may send`() throws {
        let none = try scene.send(.post, webhook, body: #"{"command":"x"}"#)
        #expect(none.status == .notFound)
        #expect(try none.json()["detail"]?.string?.contains("none is registered") == true)
        for number in 1...51 { try scene.register("c\(100 + number)") }
        let response = try scene.send(.post, webhook, body: #"{"command":"a:b"}"#)
        #expect(try response.code() == "command_unknown")
        #expect(try response.pointers() == ["/command"])
        let detail = try #require(try response.json()["detail"]?.string)
        #expect(detail.hasPrefix("\"a:b\" is no command; there are c101, c102, "))
        #expect(detail.hasSuffix(", c150 and 1 more"))
        #expect(scene.store.events.isEmpty)
        #expect(
            try scene.metrics().contains(
                #""total_requests_today":1,"successful_commands":0,"failed_commands":1"#))
    }

    @Test func `holds parameters to the command's rules, and the event to the operator's`() throws {
        let rules = try DataRules(
            file: bytes(
                #"{"rules":[{"groups":["commands:*"],"data":{"properties":{"parameters":{"required":["by"]}}}}]}"#
            ))
        let scene = Scene(maxEventBytes: 4096, dataRules: { rules })
        try scene.register("a", #"{"parameters":{"properties":{"n":{"type":"integer"}}}}"#)
        func pointers(_ parameters: String) throws -> [String] {
            try scene.send(
                .post, webhook, body: #"{"command":"a","parameters":\#(parameters)}"#
            ).pointers()
        }
        #expect(try pointers(#"{"n":"1"}"#) == ["/parameters/n"])
        #expect(try pointers(#"{"n":1}"#) == ["/parameters/by"])
        #expect(try pointers(#"{"n":1,"by":"ana"}"#) == [])
        #expect(scene.store.events.count == 1)
        #expect(
            try scene.metrics().contains(
                #""total_requests_today":3,"successful_commands":0,"failed_commands":2"#))
    }

    @Test func `refuses a command that is too large for an event`() throws {
        try scene.register("a")
        let text = String(repeating: "x", count: 4096)
        let response = try scene.send(
            .post, webhook, body: #"{"command":"a","parameters":{"t":"\#(text)"}}"#)
        #expect(try response.code() == "event_too_large")
        #expect(scene.store.events.isEmpty)
    }

    @Test func `is done once for its key`() throws {
        try scene.register("a")
        let key: Fields = ["Idempotency-Key": "k"]
        let first = try scene.send(.post, webhook, key, body: #"{"command":"a"}"#)
        let again = try scene.send(.post, webhook, key, body: #"{"command":"a"}"#)
        #expect(again.text == first.text)
        #expect(again.fields.first("location") == first.fields.first("location"))
        #expect(scene.store.events.count == 1)
        #expect(try scene.metrics().contains(#""total_requests_today":1,"#))
    }

    @Test func `an engine that fails keeps nothing of it`() throws {
        try scene.register("a")
        scene.store.failure = .full
        scene.store.writesBeforeFailure = 3
        #expect(throws: EngineError.full) {
            try scene.send(.post, webhook, body: #"{"command":"a"}"#)
        }
        #expect(scene.store.events.isEmpty)
        #expect(try scene.metrics().contains(#""total_requests_today":0,"#))
    }
}

@Suite("Seed 000: replies")
struct CommandReplies {
    let scene = Scene(maxEventBytes: 4096)

    @Test func `the first one settles the command, and is kept with it`() throws {
        try scene.register("a")
        let id = try scene.call("a")
        #expect(try scene.look(id).status == .accepted)
        scene.store.now = tenOClock + .milliseconds(250)
        try scene.reply(id, "reply", #"{"n":[1]}"#)
        try scene.reply(id, "error", #""second""#)
        let answer = try scene.look(id)
        #expect(answer.status == .ok)
        #expect(
            answer.text
                == #"{"status":"success","id":"id1","command":"a","reply_to":"replies:id1","data":{"n":[1]},"duration_ms":250}"#
        )
        #expect(try scene.send(.get, "\(webhook)/\(id)").text == answer.text)
        #expect(scene.store.events.count == 3)
        #expect(
            try scene.metrics()
                == #"{"date":"2026-01-15","total_requests_today":1,"successful_commands":1,"#
                + #""failed_commands":0,"average_response_time":250.0,"#
                + #""most_used_commands":[{"command":"a","count":1}]}"#)
    }

    @Test(
        "a failure says why",
        arguments: [
            (#"{"message":"no hay módulo"}"#, "a: no hay módulo"), (#""mal""#, "a: mal"),
            (#"{"x":1}"#, #"a: {"x":1}"#), ("null", "a: null"),
        ])
    func failure(_ data: String, _ detail: String) throws {
        try scene.register("a")
        let id = try scene.call("a")
        try scene.reply(id, "error", data)
        let answer = try scene.look(id)
        #expect(answer.status == .badGateway)
        #expect(try answer.code() == "command_failed")
        #expect(try answer.json()["detail"]?.string == detail)
        #expect(try scene.send(.get, "\(webhook)/\(id)").json()["status"]?.string == "error")
    }

    @Test func `the end of the wait and a reply exclude one another`() throws {
        try scene.register("a")
        let (late, early) = (try scene.call("a"), try scene.call("a"))
        try scene.reply(early, "reply")
        #expect(try scene.endWait(early).status == .ok)
        let unanswered = try scene.endWait(late)
        #expect(unanswered.status == .gatewayTimeout)
        #expect(unanswered.fields.first("location") == "\(webhook)/\(late)")
        try scene.reply(late, "reply")
        #expect(try scene.send(.get, "\(webhook)/\(late)").json()["status"]?.string == "success")
        #expect(
            try scene.metrics().contains(
                #""total_requests_today":2,"successful_commands":1,"failed_commands":1"#))
    }

    @Test func `a batch and a WebSocket reply as well`() throws {
        try scene.register("a")
        let (one, two) = (try scene.call("a"), try scene.call("a"))
        _ = try scene.send(
            .post, "/publish/replies:\(one)", ["Content-Type": "application/x-ndjson"], body: "1")
        let message = try scene.rules.read(
            bytes(#"{"type":"publish","group":"replies:\#(two)","event":"reply","data":2}"#))
        guard case .publish(let publish, _) = message else {
            Issue.record("read as another message")
            return
        }
        _ = try scene.store.run(scene.rules.write(publish))
        #expect(try scene.look(one).status == .ok)
        #expect(try scene.look(two).status == .ok)
    }

    @Test func `a reply to nothing is an event like any other`() throws {
        try scene.reply("nobody", "reply")
        #expect(scene.store.events == ["replies:nobody reply data=1"])
        #expect(try scene.send(.get, "\(webhook)/nobody").status == .notFound)
        #expect(try scene.metrics().contains(#""successful_commands":0"#))
    }

    @Test func `a call is kept for a day`() throws {
        try scene.register("a")
        let id = try scene.call("a")
        scene.store.now = tenOClock + CommandCall.age - .milliseconds(1)
        #expect(try scene.look(id).status == .accepted)
        scene.store.now = tenOClock + CommandCall.age
        #expect(try scene.look(id).status == .notFound)
        #expect(try scene.endWait(id).status == .notFound)
        #expect(try scene.send(.get, "\(webhook)/\(id)").status == .notFound)
    }
}

@Suite("Seed 000: GET /api/cascade/metrics")
struct CommandMetrics {
    let scene = Scene(maxEventBytes: 4096)

    @Test func `are of a day in UTC, and others can be asked for`() throws {
        try scene.register("a")
        _ = try scene.call("a")
        // the engine's clock goes on to the next day; the reply counts there
        scene.store.now = tenOClock + .seconds(86_400)
        try scene.reply("id1", "reply")
        #expect(
            try scene.metrics("?date=2026-01-15").contains(
                #""total_requests_today":1,"successful_commands":0"#))
        #expect(try scene.metrics("?date=2026-01-16").contains(#""total_requests_today":0"#))
        #expect(
            try scene.send(.get, "/api/cascade/metrics?date=ayer").code() == "invalid_parameter")
    }

    @Test func `list the ten that are used most, the same ones by name`() throws {
        for number in 1...12 { try scene.register("c\(number + 10)") }
        for number in 1...12 {
            for _ in 0..<(number < 3 ? 2 : 1) { _ = try scene.call("c\(number + 10)") }
        }
        let most = try Value.parse(bytes(scene.metrics()))["most_used_commands"]?.elements
        #expect(
            most?.compactMap { $0["command"]?.string }
                == (11...20).map { "c\($0)" })
        #expect(
            most?.compactMap { $0["count"]?.text } == ["2", "2"] + Array(repeating: "1", count: 8))
    }

    @Test(
        "the mean is rounded down to a tenth of a millisecond",
        arguments: [(0 as UInt64, 0 as UInt64, 0.0), (3, 10, 3.3), (1, 250, 250)])
    func mean(_ replies: UInt64, _ milliseconds: UInt64, _ mean: Double) {
        var day = CommandDay()
        (day.replies, day.milliseconds) = (replies, milliseconds)
        #expect(day.meanMilliseconds == mean)
    }
}

@Suite("WIRE §6: grants on commands")
struct CommandGrants {
    let scene = Scene(maxEventBytes: 4096)

    private func status(
        _ method: Method, _ target: String, _ grants: [Grant], body: String = ""
    ) throws -> Status {
        let head = try RequestHead(
            method: method, target: RequestTarget(target, method: method),
            fields: ["Host": "localhost"])
        let request = Request(
            head: head, body: bytes(body), now: tenOClock,
            principal: Principal(name: "p", grants: grants))
        switch scene.rules.react(to: request) {
        case .respond(let response): return response.status
        case .read(let read):
            switch try read(scene.store) {
            case .success(let response): return response.status
            case .failure(let problem): return problem.status
            }
        default: return .ok
        }
    }

    @Test(arguments: [
        (Method.post, webhook, Action.publish, "commands:a"),
        (.get, "/api/cascade/commands/a", .publish, "commands:a"),
        (.put, "/api/cascade/commands/a", .admin, "commands:a"),
        (.delete, "/api/cascade/commands/a", .admin, "commands:a"),
        (.get, "/api/cascade/metrics", .subscribe, "commands"),
    ])
    func `each route asks for its own`(
        method: Method, target: String, action: Action, group: String
    ) throws {
        try scene.register("a")
        let body = #"{"command":"a"}"#
        #expect(try status(method, target, [], body: body) == .forbidden)
        #expect(
            try status(method, target, [Grant(action, pattern(group))], body: body) != .forbidden)
    }

    @Test func `a call and the list are shown to who may send the command`() throws {
        try scene.register("a")
        let id = try scene.call("a")
        let mine = [Grant(.publish, pattern("commands:a"))]
        #expect(try status(.get, "\(webhook)/\(id)", mine) == .ok)
        #expect(try status(.get, "\(webhook)/\(id)", []) == .notFound)
    }
}
