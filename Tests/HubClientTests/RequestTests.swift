import HTTP1
import HubClient
import Reactor
import Testing

@Suite("One request, one answer")
struct ExchangeTests {
    @Test("a request goes out whole, and its answer comes back whole")
    func roundTrip() throws {
        let rig = try TailRig()
        rig.hub.answers = [
            "HTTP/1.1 201 Created\r\nLocation: /tasks/1\r\nContent-Length: 2\r\n\r\n{}"
        ]
        var answer: Answer?
        Exchange(
            .post, "/tasks", fields: ["Content-Type": "application/json"],
            content: Array(#"{"title":"a"}"#.utf8), at: rig.hub.address,
            ClientContext(loop: rig.loop)
        ) { answer = try? $0.get() }
        rig.turn { answer != nil }
        #expect(answer?.head.status == .created)
        #expect(answer?.body.text == "{}")
        let request = try #require(rig.hub.requests.first)
        #expect(request.head.method == .post && request.head.target.path == "/tasks")
        #expect(request.body.text == #"{"title":"a"}"#)
    }

    @Test("an answer may end with its connection")
    func untilClose() throws {
        let rig = try TailRig()
        rig.hub.answers = ["HTTP/1.1 200 OK\r\n\r\nhello"]
        var answer: Answer?
        Exchange(.get, "/", at: rig.hub.address, ClientContext(loop: rig.loop)) {
            answer = try? $0.get()
        }
        rig.turn { answer != nil }
        #expect(answer?.body.text == "hello")
    }

    @Test("a problem is told in its own words, with the faults of single members")
    func problem() throws {
        let rig = try TailRig()
        let body =
            #"{"title":"Unprocessable","detail":"bad body","errors":[{"pointer":"/title","detail":"is empty"}]}"#
        rig.hub.answers = [
            "HTTP/1.1 422 Unprocessable Content\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        ]
        var answer: Answer?
        Exchange(.get, "/", at: rig.hub.address, ClientContext(loop: rig.loop)) {
            answer = try? $0.get()
        }
        rig.turn { answer != nil }
        #expect(answer?.refusal == "the hub answered 422: bad body; /title: is empty")
    }

    @Test(
        "an answer that is none",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "SSH-2.0\r\n\r\n"])
    func broken(_ text: String) throws {
        let rig = try TailRig()
        rig.hub.answers = [text]
        var error: ExchangeError?
        Exchange(.get, "/", at: rig.hub.address, ClientContext(loop: rig.loop)) { result in
            if case .failure(let failure) = result { error = failure }
        }
        rig.turn { error != nil }
        guard case .broken? = error else {
            Issue.record("\(error as Any)")
            return
        }
    }

    @Test("nobody there: the address, the reason and the mend")
    func unreachable() throws {
        let rig = try TailRig()
        rig.hub.close()
        var error: ExchangeError?
        Exchange(.get, "/", at: rig.hub.address, ClientContext(loop: rig.loop)) { result in
            if case .failure(let failure) = result { error = failure }
        }
        rig.turn { error != nil }
        #expect(
            error?.description
                == "cannot reach \(rig.hub.address.text): connection refused; is campanad running? "
                + "`make run` starts it")
    }

    @Test("no socket file: the same")
    func noSocket() throws {
        let rig = try TailRig()
        var error: ExchangeError?
        let address = try HubAddress("unix:\(rig.directory)/none.sock")
        Exchange(.get, "/", at: address, ClientContext(loop: rig.loop)) { result in
            if case .failure(let failure) = result { error = failure }
        }
        rig.turn { error != nil }
        #expect(
            error?.description.contains("no such file or directory; is campanad running?") == true)
    }
}

@Suite("campana ping")
struct PingTests {
    func ping(_ rig: TailRig, timeout: Duration) -> Result<Ping.RoundTrips, PingError> {
        var answer: Result<Ping.RoundTrips, PingError>?
        let ping = Ping(rig.hub.address, ClientContext(loop: rig.loop), timeout: timeout) {
            answer = $0
        }
        rig.turn { answer != nil }
        return withExtendedLifetime(ping) { answer ?? .failure(.silent("")) }
    }

    @Test("a hub that answers both")
    func answers() throws {
        let trips = try ping(try TailRig(), timeout: .seconds(60)).get()
        #expect(trips.connect > .zero && trips.frame > .zero && trips.message > .zero)
    }

    @Test("a hub that accepts and does not answer")
    func silent() throws {
        let rig = try TailRig()
        rig.hub.answersPings = false
        #expect(
            ping(rig, timeout: .milliseconds(50))
                == .failure(.silent("a WebSocket ping was not answered in 50 ms")))
    }

    @Test("no hub")
    func unreachable() throws {
        let rig = try TailRig()
        rig.hub.close()
        guard case .failure(.unreachable) = ping(rig, timeout: .seconds(60)) else {
            Issue.record("reached what was closed")
            return
        }
    }
}
