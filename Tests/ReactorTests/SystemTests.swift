import Glibc
import Reactor
import Testing

@Suite("The kernel")
struct SystemTests {
    /// Two connected sockets.
    private func pair() throws -> [Int32] {
        var descriptors: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        try #require(unsafe socketpair(AF_UNIX, type, 0, &descriptors) == 0)
        return descriptors
    }

    @Test("what is not read comes again in the next turn, and no more once it is read")
    func levelTriggered() throws {
        let ends = try pair()
        defer { for end in ends { Glibc.close(end) } }
        let loop = try EventLoop()
        var count = 0
        let registration = try loop.register(ends[0], .readable, Probe { count += 1 })
        #expect(unsafe write(ends[1], "x", 1) == 1)
        loop.turn()
        loop.turn()
        #expect(count == 2)
        var octet: UInt8 = 0
        #expect(unsafe read(ends[0], &octet, 1) == 1)
        loop.turnWithoutWaiting()
        #expect(count == 2)
        loop.deregister(registration)
    }

    @Test("writability is told while it is asked for")
    func writable() throws {
        let ends = try pair()
        defer { for end in ends { Glibc.close(end) } }
        let loop = try EventLoop()
        var count = 0
        let registration = try loop.register(ends[0], .readable, Probe { count += 1 })
        loop.turnWithoutWaiting()
        #expect(count == 0)
        loop.modify(registration, [.readable, .writable])
        loop.turn()
        #expect(count == 1)
        loop.modify(registration, .readable)
        loop.turnWithoutWaiting()
        #expect(count == 1)
        loop.deregister(registration)
    }

    @Test("a timer ends a wait, not before its time")
    func timer() throws {
        let loop = try EventLoop()
        let due = loop.now + .milliseconds(3)
        var firedAt: EventLoop.Instant?
        loop.schedule(at: due, Probe { firedAt = loop.now })
        while firedAt == nil { loop.turn() }
        #expect(try #require(firedAt) >= due)
    }

    @Test("a signal that is blocked comes to the loop")
    func signals() throws {
        let heard = Heard()
        let thread = try Thread.start(name: "signals") {
            do {
                try Signals.block([SIGUSR1, SIGUSR2])
                let loop = try EventLoop()
                let source = try SignalSource(loop, [SIGUSR1, SIGUSR2]) { signal in
                    heard.signals.withLock { $0.append(signal) }
                    if signal == SIGUSR2 { loop.stop() }
                }
                pthread_kill(pthread_self(), SIGUSR1)
                loop.turn()
                pthread_kill(pthread_self(), SIGUSR2)
                loop.run()
                source.stop()
            } catch {
                heard.signals.withLock { $0.append(-1) }
            }
        }
        thread.join()
        #expect(heard.signals.withLock { $0 } == [SIGUSR1, SIGUSR2])
    }

    private final class Heard: Sendable { let signals = Locked<[Int32]>([]) }

    @Test("a descriptor is closed with its owner, and not once it was released")
    func ownership() throws {
        let ends = try pair()
        FileDescriptor(owning: ends[0]).close()
        #expect(fcntl(ends[0], F_GETFD) == -1)
        let kept = FileDescriptor(owning: ends[1]).release()
        #expect(fcntl(kept, F_GETFD) >= 0)
        Glibc.close(kept)
    }

    @Test("the memory in use is some megabytes, and can be given back")
    func memory() {
        Process.trimMemory()
        #expect((1 << 20..<1 << 36).contains(Process.residentBytes()))
    }

    @Test("the limit of descriptors rises to the hard one")
    func descriptorLimit() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            try #require(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let hard = limit.rlim_max
            limit.rlim_cur = 64
            try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            #expect(try Process.raiseDescriptorLimit() == Int(clamping: hard))
        }
    }

    @Test("a write to a closed pipe is an error, and no end of the process")
    func brokenPipe() async {
        await #expect(processExitsWith: .success) {
            Process.ignoreBrokenPipes()
            var ends: [Int32] = [0, 0]
            try #require(unsafe pipe(&ends) == 0)
            Glibc.close(ends[0])
            #expect(unsafe write(ends[1], "x", 1) == -1)
            #expect(errno == EPIPE)
        }
    }

    @Test("an error names its call and its reason")
    func errors() {
        let error = SystemError("bind", code: EADDRINUSE)
        #expect(error.description == "bind: Address already in use")
        #expect(throws: error) { try SystemError.check("bind", -EADDRINUSE) }
        #expect(error != SystemError("listen", code: EADDRINUSE))
    }

    @Test("a read buffer shows what was received")
    func readBuffer() {
        let buffer = ReadBuffer()
        let count = buffer.withBytes(ReadBuffer.capacity) { $0.count }
        #expect(count == 65_536)
        #expect(buffer.withBytes(0) { $0.isEmpty })
    }
}

extension EventLoop {
    /// A turn that does not wait, though nothing may be ready.
    fileprivate func turnWithoutWaiting() {
        handle.wake()
        turn()
    }
}
