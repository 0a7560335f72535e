import Glibc
import Log
import Reactor
import Testing

@testable import HubClient

/// A tail of a scripted hub, on one loop, with files where a terminal would be.
final class TailRig {
    let loop: EventLoop
    let hub: ScriptedHub
    let directory: String
    var ending: TailEnding?
    var session: TailSession?
    private var tail: Tail?

    init() throws {
        Process.ignoreBrokenPipes()
        loop = try EventLoop()
        hub = try ScriptedHub(loop)
        var template = Array("/tmp/campana-tail-XXXXXX".utf8CString)
        let path = unsafe mkdtemp(&template)
        directory = unsafe String(cString: try #require(unsafe path))
    }

    deinit {
        hub.close()
        loop.close()
        for name in ["out", "err", "state", "state.lock", "ran"] {
            unsafe unlink("\(directory)/\(name)")
        }
        unsafe rmdir(directory)
    }

    func file(_ name: String) -> Int32 {
        unsafe open("\(directory)/\(name)", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }

    func content(_ name: String) throws -> String {
        (try Files.content(of: "\(directory)/\(name)", limit: 1 << 30) ?? []).text
    }

    var lines: [String] {
        get throws { try content("out").split(separator: "\n").map(String.init) }
    }

    func openState() throws -> StateStore {
        try StateStore("\(directory)/state", url: hub.address.text, groups: ["tasks"])
    }

    func start(
        _ plan: TailPlan, state: StateStore? = nil, command: String? = nil
    ) throws {
        ending = nil
        let tail = Tail(
            plan, from: hub.address, ClientContext(loop: loop),
            backoff: Backoff(base: .milliseconds(1)), showsDetails: false
        ) { [unowned self] ending, session in
            self.ending = ending
            self.session = session
        }
        self.tail = tail
        let sink =
            command.map { Delivery.Sink.command(ShellCommand($0)) }
            ?? .output(.json, descriptor: file("out"))
        try tail.start(
            sink, state: state, screen: Screen(file("err"), hasStatusLine: false, hasColor: false))
    }

    func turn(until isSo: () -> Bool) {
        while !isSo() { loop.turn() }
    }

    func runToEnd() { turn { ending != nil } }

    func stop(_ ending: TailEnding = .interrupted) {
        tail?.stop(ending)
        runToEnd()
    }
}

@Suite("campana tail, over real sockets")
struct TailTests {
    @Test("it prints what comes, as it came, and ends after --count")
    func prints() throws {
        let rig = try TailRig()
        try rig.start(TailPlan(groups: ["tasks"], count: 3))
        rig.turn { rig.hub.subscriptions.count == 1 }
        rig.hub.publish(count: 3)
        rig.runToEnd()
        #expect(rig.ending == .counted)
        #expect(try rig.lines == rig.hub.log)
        #expect(try rig.content("err").isEmpty)
    }

    @Test("cut after each message, it comes back and prints each event once, in order")
    func cuts() throws {
        let rig = try TailRig()
        rig.hub.publish(count: 12)
        // Welcome, answer, and a few events each.
        rig.hub.cuts = [2, 3, 1, 4, 3, 0, 5]
        try rig.start(TailPlan(groups: ["tasks"], start: .earliest, count: 12))
        rig.runToEnd()
        #expect(try rig.lines == rig.hub.log)
        let asked = rig.hub.subscriptions
        #expect(asked.first == "earliest" && asked.contains("k3f9aa-1"))
        #expect(try rig.content("err").contains("connected again after"))
    }

    @Test("stopped and started again, it goes on where it ended")
    func restarts() throws {
        let rig = try TailRig()
        rig.hub.publish(count: 5)
        try rig.start(
            TailPlan(groups: ["tasks"], start: .earliest, count: 2), state: try rig.openState())
        rig.runToEnd()
        let state = try rig.openState()
        let loaded = try #require(state.loaded)
        #expect(loaded.cursor == cursor(2) && loaded.seqs == ["tasks": 2])
        let plan = TailPlan(
            groups: ["tasks"], start: .cursor(loaded.cursor), lastSeqs: loaded.seqs, count: 3)
        try rig.start(plan, state: state)
        rig.runToEnd()
        #expect(try rig.lines == rig.hub.log)
    }

    @Test("a cursor is stored though no event came")
    func storesStart() throws {
        let rig = try TailRig()
        rig.hub.publish(count: 7)
        try rig.start(TailPlan(groups: ["tasks"]), state: try rig.openState())
        rig.turn { (try? rig.content("state").contains("k3f9aa-7")) == true }
        rig.stop()
        #expect(rig.ending == .interrupted)
    }

    @Test("two tails do not share a state")
    func lock() throws {
        let rig = try TailRig()
        let state = try rig.openState()
        #expect(throws: StateStoreError.inUse(path: state.path)) { try rig.openState() }
    }

    @Test("a state that is none is refused, not overwritten")
    func damagedState() throws {
        let rig = try TailRig()
        try Files.replace("\(rig.directory)/state", with: Array("hello".utf8))
        let error = #expect(throws: StateStoreError.self) { try rig.openState() }
        #expect(error?.description.contains("remove it to begin anew") == true)
        #expect(try rig.content("state") == "hello")
    }

    @Test("an output that nobody reads any more ends it quietly")
    func brokenPipe() throws {
        Process.ignoreBrokenPipes()
        let rig = try TailRig()
        var ends: (Int32, Int32) = (0, 0)
        unsafe withUnsafeMutableBytes(of: &ends) {
            _ = unsafe pipe($0.bindMemory(to: Int32.self).baseAddress)
        }
        close(ends.0)
        let tail = Tail(
            TailPlan(groups: ["tasks"], start: .earliest), from: rig.hub.address,
            ClientContext(loop: rig.loop), showsDetails: false
        ) { ending, _ in rig.ending = ending }
        rig.hub.publish(count: 1)
        try tail.start(
            .output(.json, descriptor: ends.1), state: nil,
            screen: Screen(rig.file("err"), hasStatusLine: false, hasColor: false))
        rig.runToEnd()
        #expect(rig.ending == .delivery(.outputClosed))
        #expect(try rig.content("err").isEmpty)
    }

    @Test("an output that is closed while nothing happens is noticed")
    func closedOutput() throws {
        let rig = try TailRig()
        var ends: (Int32, Int32) = (0, 0)
        unsafe withUnsafeMutableBytes(of: &ends) {
            _ = unsafe pipe($0.bindMemory(to: Int32.self).baseAddress)
        }
        var isClosed = false
        let watch = OutputWatch(.output(.json, descriptor: ends.1), on: rig.loop) {
            isClosed = true
        }
        #expect(watch != nil && !isClosed)
        close(ends.0)
        rig.turn { isClosed }
        close(ends.1)
    }

    @Test("a file is an output that nobody can leave")
    func fileOutput() throws {
        let rig = try TailRig()
        #expect(OutputWatch(.output(.json, descriptor: rig.file("out")), on: rig.loop) {} == nil)
        #expect(OutputWatch(.nothing, on: rig.loop) {} == nil)
    }

    @Test("a hub that refuses the handshake with 503 is tried again, one with 403 is not")
    func refusals() throws {
        let rig = try TailRig()
        let problem = #"{"title":"Forbidden","status":403,"detail":"no key"}"#
        rig.hub.refusals = [
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 403 Forbidden\r\nContent-Length: \(problem.utf8.count)\r\n\r\n\(problem)",
        ]
        try rig.start(TailPlan(groups: ["tasks"]))
        rig.runToEnd()
        #expect(rig.ending == .unauthorized("the hub answered 403: no key"))
    }

    @Test("many events: more than the window, each once")
    func window() throws {
        let rig = try TailRig()
        let payload = #""data":"\#(String(repeating: "x", count: 2000))""#
        rig.hub.cuts = Array(repeating: 42, count: 49)
        for place in 1...2000 as ClosedRange<UInt64> {
            rig.hub.publish(eventText(place, seq: place, payload: payload))
        }
        rig.hub.farewell = #"{"type":"goodbye","reason":"restart","reconnect_in_ms":0}"#
        try rig.start(TailPlan(groups: ["tasks"], start: .earliest, count: 1960))
        rig.runToEnd()
        #expect(try rig.lines == Array(rig.hub.log.prefix(1960)))
    }
}

@Suite("campana tail --exec")
struct TailExecTests {
    @Test("the command gets the event on its input and in its environment, one after the other")
    func runs() throws {
        let rig = try TailRig()
        rig.hub.publish(count: 3)
        let ran = rig.directory + "/ran"
        try rig.start(
            TailPlan(groups: ["tasks"], start: .earliest, count: 3), state: try rig.openState(),
            command: "read line; echo $CAMPANA_EVENT_TYPE $CAMPANA_EVENT_GROUP "
                + "$CAMPANA_EVENT_SEQ $CAMPANA_EVENT_CURSOR $CAMPANA_EVENT_TIMESTAMP $line >>\(ran)"
        )
        rig.runToEnd()
        let expected = (1...3).map { place in
            "task_created tasks \(place) k3f9aa-\(place) 2026-01-15T10:00:00.123Z "
                + rig.hub.log[place - 1].replacing(#"\"#, with: "") + "\n"
        }
        #expect(try rig.content("ran") == expected.joined())
        #expect(try rig.content("state").contains(#""cursor":"k3f9aa-3""#))
    }

    @Test("a command that fails ends it, and its event is not stored")
    func fails() throws {
        let rig = try TailRig()
        rig.hub.publish(count: 3)
        try rig.start(
            TailPlan(groups: ["tasks"], start: .earliest), state: try rig.openState(),
            command: "test $CAMPANA_EVENT_SEQ != 2")
        rig.runToEnd()
        guard case .delivery(.command(let text))? = rig.ending else {
            Issue.record("\(rig.ending as Any)")
            return
        }
        #expect(text.contains("ended with status 1 for k3f9aa-2"))
        #expect(try rig.content("state").contains(#""cursor":"k3f9aa-1""#))
    }

    @Test(
        "how commands end",
        arguments: [
            ("exit 0", .exited(0)), ("exit 7", .exited(7)), ("kill -9 $$", .killed(signal: 9)),
            ("kill -PIPE $$", .killed(signal: 13)), ("kill -TERM $$", .killed(signal: 15)),
        ] as [(String, ShellCommand.Outcome)])
    func outcomes(_ text: String, _ outcome: ShellCommand.Outcome) throws {
        Process.ignoreBrokenPipes()
        let line = eventText(
            1, seq: 1, payload: #""data":"\#(String(repeating: "x", count: 100_000))""#)
        guard case .event(let event) = try ServerMessage.decode(Array(line.utf8)) else { return }
        #expect(ShellCommand(text).run(event) == outcome)
    }
}
