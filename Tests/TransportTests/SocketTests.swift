import Glibc
import Reactor
import Testing
import Transport

@Suite("A socket")
struct SocketTests {
    @Test("what one end sends the other receives, up to the end of the stream")
    func sendAndReceive() throws {
        let rig = try Rig()
        let (server, client) = try rig.connect()
        #expect(client.socket.send(Array("xhello".utf8), from: 1) == .bytes(5))
        #expect(try rig.receive(5, server) == Array("hello".utf8))
        #expect(server.socket.receive(into: rig.loop.readBuffer) == .wouldBlock)
        client.socket.shutdownWrite()
        try rig.wait(.readable, server)
        #expect(server.socket.receive(into: rig.loop.readBuffer) == .end)
        #expect(server.socket.send([1]) == .bytes(1), "the other direction is open")
    }

    @Test("a reader that does not read makes the sender wait, and nothing is lost")
    func backPressure() throws {
        let rig = try Rig()
        let (server, client) = try rig.connect()
        let block = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var sent = 0
        sending: while true {
            switch server.socket.send(block, from: sent % block.count) {
            case .bytes(let count): sent += count
            case .wouldBlock: break sending
            case .failed(let error): throw error
            }
        }
        let received = try rig.receive(sent, client)
        #expect(received.count == sent)
        #expect(received.indices.allSatisfy { received[$0] == block[$0 % block.count] })
        try rig.wait(.writable, server)
        #expect(server.socket.send([1]) == .bytes(1))
    }

    @Test(
        "gathered pieces arrive as one stream",
        arguments: [1, 2, Socket.largestGather, Socket.largestGather + 1])
    func gathered(count: Int) throws {
        let rig = try Rig()
        let (server, client) = try rig.connect()
        let pieces = (0..<count).map { [UInt8](repeating: UInt8($0), count: 3) }
        let taken = Array(pieces.prefix(Socket.largestGather).joined().dropFirst(2))
        #expect(server.socket.sendGathered(pieces, from: 2) == .bytes(taken.count))
        #expect(try rig.receive(taken.count, client) == taken)
    }

    @Test("a connection that was reset fails, and does not end the process")
    func reset() throws {
        let rig = try Rig()
        let server = try rig.connect().0
        rig.dialed[0].socket.resetOnClose()
        rig.dialed = []
        try rig.wait(.readable, server)
        #expect(
            server.socket.receive(into: rig.loop.readBuffer)
                == .failed(SystemError("recv", code: ECONNRESET)))
    }

    @Test("what is sent to a peer that is gone fails with a broken pipe")
    func brokenPipe() throws {
        let rig = try Rig()
        let (server, _) = try rig.connect()
        server.socket.shutdownWrite()
        #expect(server.socket.send([1]) == .failed(SystemError("send", code: EPIPE)))
        #expect(server.socket.sendGathered([[1]]) == .failed(SystemError("sendmsg", code: EPIPE)))
    }

    @Test("an accepted socket does not delay small packets, and blocks on nothing")
    func options() throws {
        let rig = try Rig()
        for end in [try rig.connect().0, rig.dialed[0]] {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            let done = unsafe getsockopt(
                end.socket.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &length)
            #expect(done == 0)
            #expect(value != 0)
            #expect(fcntl(end.socket.rawValue, F_GETFL) & O_NONBLOCK != 0)
            #expect(fcntl(end.socket.rawValue, F_GETFD) & FD_CLOEXEC != 0)
        }
    }

    @Test("it costs four bytes in its connection")
    func size() {
        #expect(MemoryLayout<Socket>.size == 4)
    }
}
