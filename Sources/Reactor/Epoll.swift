import CLinux

/// The kernel's poller (epoll(7)), level-triggered unless the interest says otherwise.
///
/// Level-triggered with one `recv` for each event was measured against edge-triggered
/// draining, and won (200 k against 191 k echoes a second).
@safe
final class Epoll: Poller {
    /// The most events that one turn takes.
    private static let capacity = 512

    private let descriptor: FileDescriptor
    private let buffer: UnsafeMutablePointer<clinux_event>

    init() throws(SystemError) {
        let epoll = try SystemError.check("epoll_create1", clinux_epoll_create())
        descriptor = FileDescriptor(owning: epoll)
        unsafe buffer = .allocate(capacity: Self.capacity)
        unsafe buffer.initialize(repeating: clinux_event(), count: Self.capacity)
    }

    deinit { unsafe buffer.deallocate() }

    func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try SystemError.check(
            "epoll_ctl",
            clinux_epoll_add(self.descriptor.rawValue, descriptor, interest.rawValue, token))
    }

    func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try SystemError.check(
            "epoll_ctl",
            clinux_epoll_modify(self.descriptor.rawValue, descriptor, interest.rawValue, token))
    }

    func remove(_ descriptor: Int32) throws(SystemError) {
        try SystemError.check(
            "epoll_ctl", clinux_epoll_remove(self.descriptor.rawValue, descriptor))
    }

    func wait(for timeout: Duration?, into events: inout [PollEvent]) throws(SystemError) {
        events.removeAll(keepingCapacity: true)
        let count = try SystemError.check(
            "epoll_wait",
            unsafe clinux_epoll_wait(
                descriptor.rawValue, buffer, Int32(Self.capacity), milliseconds(timeout)))
        for index in 0..<Int(count) {
            let event = unsafe buffer[index]
            events.append(
                PollEvent(token: event.token, readiness: Readiness(rawValue: event.readiness)))
        }
    }

    /// The timeout of epoll_wait(2): rounded up, so that a turn does not come before its timer.
    private func milliseconds(_ timeout: Duration?) -> Int32 {
        guard let timeout else { return -1 }
        let (seconds, attoseconds) = timeout.components
        guard seconds < Int64(Int32.max) / 1000 else { return .max }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
