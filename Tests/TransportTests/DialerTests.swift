import Glibc
import Reactor
import Testing

@testable import Transport

@Suite("RFC 8305 Dialing")
struct DialerTests {
    @Test("§4 the families take turns, the best address first")
    func interleaving() {
        let four = (1...3).map { SocketAddress(ipv4: UInt32($0), port: 1) }
        let six = (1...2).map { SocketAddress(ipv6: UInt64($0), port: 1) }
        #expect(Dialer.interleaved(six + four) == [six[0], four[0], six[1], four[1], four[2]])
        #expect(Dialer.interleaved(four + six) == [four[0], six[0], four[1], six[1], four[2]])
        #expect(Dialer.interleaved(four) == four)
        #expect(Dialer.interleaved([]) == [])
    }

    @Test("§5 an address that refuses is followed by the next at once")
    func fallsBack() throws {
        let now = EventLoop.Instant.now
        let rig = try Rig(clock: { now })  // the delay never passes
        let port = try rig.listen("localhost:0")
        rig.listeners[1].stop()
        rig.dial("localhost", port)  // [::1] first, where nobody listens any more
        rig.turn { rig.dialed.count == 1 }
        #expect(rig.errors == [])
    }

    @Test("§5 an address that does not answer holds up the next for a quarter of a second")
    func delay() throws {
        var now = EventLoop.Instant.now
        let rig = try Rig(clock: { now })
        let silent = try Silent(host: "::1", also: "127.0.0.1")
        try rig.listen(silent.other)
        rig.dial("localhost", silent.port)
        rig.loop.handle.wake()
        rig.loop.turn()
        #expect(rig.dialed.isEmpty)
        now += Dialer.attemptDelay
        rig.turn { rig.dialed.count == 1 }
        #expect(rig.errors == [])
    }

    @Test("all that is tried ends at the deadline")
    func timeout() throws {
        var now = EventLoop.Instant.now
        let rig = try Rig(clock: { now })
        let silent = try Silent(host: "127.0.0.1", also: "::1")
        rig.dial("127.0.0.1", silent.port, timeout: .seconds(5))
        now += .seconds(5)
        rig.loop.turn()
        #expect(rig.errors == [.timedOut])
        #expect(rig.loop.timerCount == 0)
        #expect(rig.loop.registrationCount == 0)
    }

    @Test("what is cancelled says so once, and leaves nothing behind")
    func cancel() throws {
        let rig = try Rig()
        let silent = try Silent(host: "127.0.0.1", also: "::1")
        let dialer = rig.dial("127.0.0.1", silent.port)
        dialer.cancel()
        dialer.cancel()
        #expect(rig.errors == [.cancelled])
        #expect(rig.loop.timerCount == 0)
        #expect(rig.loop.registrationCount == 0)
    }

    @Test("a name without an address is an error that names it, from the resolver's thread")
    func unresolved() throws {
        let rig = try Rig()
        rig.dial("no..such", 1)
        rig.turn { !rig.errors.isEmpty }
        #expect(rig.errors[0].description.hasPrefix("no..such: "))
        #expect(rig.loop.timerCount == 0)
    }

    @Test("what was resolved and looked at before is connected to, and nothing is resolved")
    func addresses() throws {
        let rig = try Rig()
        let port = try rig.listen("127.0.0.1:0")
        rig.dial([SocketAddress(ipv4: 0x7F00_0001, port: port)])
        rig.turn { rig.dialed.count == 1 && rig.accepted.count == 1 }
        #expect(rig.resolver.waitingCount == 0)
        rig.dial([])
        #expect(rig.errors == [.timedOut])
        #expect(rig.loop.timerCount == 0)
    }

    @Test("an address as a value is the one that is connected to")
    func values() throws {
        let four = SocketAddress(ipv4: 0x7F00_0001, port: 80)
        #expect(four.ip == .v4(0x7F00_0001))
        #expect(SocketAddress(ipv6: 1, port: 80).ip == .v6(high: 0, low: 1))
    }

    @Test("a socket file that is not there is an error that names it")
    func noFile() throws {
        let rig = try Rig()
        rig.dial(path: "/nonexistent/hub.sock")
        #expect(
            rig.errors.map(\.description)
                == ["unix:/nonexistent/hub.sock: No such file or directory"])
    }
}

/// An address that does not answer: its queue is full, and the kernel drops who comes next.
private final class Silent {
    let port: UInt16
    /// Listens at another address and the same port.
    let other: ListeningSocket
    private let sockets: [[ListeningSocket]]
    private let rig: Rig

    init(host: String, also: String) throws {
        let all = try ListeningSocket.open(
            .tcp(host: "localhost", port: 0), loops: 1, backlog: 0)
        sockets = all
        rig = try Rig()
        guard case .tcp(_, let port) = all[0][0].address else {
            throw SystemError("bind", code: EADDRNOTAVAIL)
        }
        self.port = port
        other = try #require(all[0].first { $0.address == .tcp(host: also, port: port) })
        rig.dial(host, port)  // a queue of 0 holds one
        rig.turn { rig.dialed.count == 1 }
    }
}
