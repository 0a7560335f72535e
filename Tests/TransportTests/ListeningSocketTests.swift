import Glibc
import Reactor
import Testing
import Transport

@Suite("Listening over TCP")
struct TCPListeningTests {
    @Test("three loops share the one port that was picked, and each is given connections")
    func sharedPort() throws {
        let rigs = try (0..<3).map { _ in try Rig() }
        let sockets = try ListeningSocket.open(.tcp(host: "127.0.0.1", port: 0), loops: 3)
        #expect(Set(sockets.map { $0.map(\.address) }).count == 1)
        guard case .tcp(_, let port) = sockets[0][0].address else { return }
        for (rig, sockets) in zip(rigs, sockets) { try rig.listen(sockets[0]) }
        // The kernel spreads by a hash: that 64 of them miss one of 3 has a chance of 10^-11.
        for _ in 0..<64 { rigs[0].dial("127.0.0.1", port) }
        rigs[0].turn { rigs[0].dialed.count == 64 }
        while rigs.map(\.accepted.count).reduce(0, +) < 64 {
            for rig in rigs {
                rig.loop.handle.wake()
                rig.loop.turn()
            }
        }
        #expect(rigs.allSatisfy { !$0.accepted.isEmpty })
    }

    @Test("a port at which another listens is refused, though both would share it")
    func stranger() throws {
        let first = try ListeningSocket.open(.tcp(host: "127.0.0.1", port: 0), loops: 2)
        let address = first[0][0].address
        let error = #expect(throws: ListenError.self) {
            try ListeningSocket.open(address, loops: 2)
        }
        #expect(
            error?.description == "cannot listen on \(address): another program listens there")
    }

    @Test("localhost means both loopback addresses, at one port")
    func localhost() throws {
        let rig = try Rig()
        let sockets = try ListeningSocket.open(.tcp(host: "localhost", port: 0), loops: 1)[0]
        guard case .tcp(_, let port) = sockets[0].address else { return }
        #expect(
            sockets.map(\.address)
                == [.tcp(host: "127.0.0.1", port: port), .tcp(host: "::1", port: port)])
        for socket in sockets { try rig.listen(socket) }
        rig.dial("127.0.0.1", port)
        rig.turn { rig.accepted.count == 1 && rig.dialed.count == 1 }
        rig.dial("::1", port)
        rig.turn { rig.accepted.count == 2 && rig.dialed.count == 2 }
        #expect(rig.peers.map(\.host) == ["127.0.0.1", "::1"])
        #expect(rig.peers[1].description.hasPrefix("[::1]:"))
    }

    @Test("the star takes all addresses of the machine, of both families")
    func all() throws {
        let rig = try Rig()
        let port = try rig.listen("*:0")
        for host in ["127.0.0.1", "::1"] { rig.dial(host, port) }
        rig.turn { rig.accepted.count == 2 }
        #expect(rig.peers.map(\.host).sorted() == ["127.0.0.1", "::1"])
    }

    @Test("an address that the machine lacks is an error that says so")
    func foreign() {
        let error = #expect(throws: ListenError.self) {
            try ListeningSocket.open(.tcp(host: "192.0.2.1", port: 0), loops: 1)
        }
        #expect(
            error?.description == "cannot listen on 192.0.2.1:0: this machine has no such address")
    }

    @Test("a host that has no address is an error that names it")
    func unknown() throws {
        let error = #expect(throws: ListenError.self) {
            try ListeningSocket.open(.tcp(host: "no..such", port: 0), loops: 1)
        }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("cannot listen on no..such:0: no such host: no..such: "))
    }

    @Test("once stopped it refuses newcomers, though the socket is still held")
    func stop() throws {
        let rig = try Rig()
        let port = try rig.listen("127.0.0.1:0")
        for listener in rig.listeners { listener.stop() }
        rig.dial("127.0.0.1", port)
        rig.turn { !rig.errors.isEmpty }
        #expect(
            rig.errors
                == [.failed(SystemError("connect", code: ECONNREFUSED), at: "127.0.0.1:\(port)")])
    }
}

@Suite("Listening on a socket file")
struct SocketFileTests {
    private let directory: TemporaryDirectory
    private var path: String { "\(directory.path)/hub.sock" }
    private var address: ListenAddress { .unix(path: path) }

    init() throws { directory = try TemporaryDirectory() }

    @Test("owner and group may connect, and the peer is known")
    func connect() throws {
        let rig = try Rig()
        _ = try rig.listen("unix:\(path)")
        var status = stat()
        #expect(unsafe lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o660)
        rig.dial(path: path)
        rig.turn { rig.accepted.count == 1 }
        #expect(rig.peers == [.local(userID: getuid(), processID: getpid())])
        #expect(rig.dialed[0].socket.send(Array("hello".utf8)) == .bytes(5))
        #expect(try rig.receive(5, rig.accepted[0]) == Array("hello".utf8))
    }

    @Test("all loops take connections from the one file")
    func loops() throws {
        let rigs = try (0..<2).map { _ in try Rig() }
        let sockets = try ListeningSocket.open(address, loops: 2)
        for (rig, sockets) in zip(rigs, sockets) { try rig.listen(sockets[0]) }
        for rig in rigs {
            rig.dial(path: path)
            rig.turn { rig.accepted.count == 1 }
        }
    }

    @Test("one loop that stops ends the queue for all, without a report of a shortage")
    func stopOfOne() throws {
        let rigs = try (0..<2).map { _ in try Rig() }
        let sockets = try ListeningSocket.open(address, loops: 2)
        for (rig, sockets) in zip(rigs, sockets) { try rig.listen(sockets[0]) }
        rigs[0].listeners[0].stop()
        rigs[1].listeners[0].pause()
        rigs[1].listeners[0].resume()  // the kernel says so only to who asks anew
        rigs[1].turn { rigs[1].loop.registrationCount == 0 }
        #expect(rigs[1].shortages == [])
        rigs[0].dial(path: path)
        #expect(rigs[0].errors.count == 1)
    }

    @Test("the file is gone once the listener has stopped")
    func removed() throws {
        let rig = try Rig()
        _ = try rig.listen("unix:\(path)")
        for listener in rig.listeners { listener.stop() }
        #expect(directory.names == [])
    }

    @Test("a file that another has put there is left alone")
    func foreign() throws {
        let rig = try Rig()
        _ = try rig.listen("unix:\(path)")
        #expect(unsafe unlink(path) == 0)
        let successor = try ListeningSocket.open(address, loops: 1)
        for listener in rig.listeners { listener.stop() }
        #expect(directory.names == ["hub.sock"])
        withExtendedLifetime(successor) {}
    }

    @Test("a file at which nobody listens any more is replaced")
    func stale() throws {
        _ = try ListeningSocket.open(address, loops: 1)
        #expect(directory.names == ["hub.sock"], "its owner has gone without removing it")
        let rig = try Rig()
        _ = try rig.listen("unix:\(path)")
        rig.dial(path: path)
        rig.turn { rig.accepted.count == 1 }
    }

    @Test("a file at which somebody listens is not replaced")
    func live() throws {
        let first = try ListeningSocket.open(address, loops: 1)
        let error = #expect(throws: ListenError.self) {
            try ListeningSocket.open(address, loops: 1)
        }
        #expect(error?.reason == .inUse)
        let rig = try Rig()
        try rig.listen(first[0][0])
        rig.dial(path: path)
        rig.turn { rig.accepted.count == 2 }
    }

    @Test("a file that is no socket is not replaced")
    func notASocket() throws {
        let file = unsafe creat(path, 0o600)
        #expect(file >= 0)
        Glibc.close(file)
        let error = #expect(throws: ListenError.self) {
            try ListeningSocket.open(address, loops: 1)
        }
        #expect(error?.reason == .notASocket)
        #expect(directory.names == ["hub.sock"])
    }

    @Test("a directory that does not exist is an error that says so")
    func directoryMissing() {
        let address = ListenAddress.unix(path: "\(directory.path)/none/hub.sock")
        let error = #expect(throws: ListenError.self) {
            try ListeningSocket.open(address, loops: 1)
        }
        #expect(
            error?.description == "cannot listen on \(address): its directory does not exist")
    }
}
