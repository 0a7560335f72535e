/// What a handler waits for.
public struct Interest: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    // The values of epoll_ctl(2).
    public static let readable = Interest(rawValue: 0x001)
    public static let writable = Interest(rawValue: 0x004)
    /// The peer will send no more: for who does not wait to read (`EPOLLRDHUP`).
    public static let peerShutdown = Interest(rawValue: 0x2000)
    /// Only some of the loops that wait for one descriptor are woken (`EPOLLEXCLUSIVE`);
    /// such an interest cannot be modified.
    public static let exclusive = Interest(rawValue: 1 << 28)
    /// An event comes once for each change instead of while a state lasts (`EPOLLET`).
    static let onlyChanges = Interest(rawValue: 1 << 31)
}

/// What came.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: 0x001)
    public static let writable = Readiness(rawValue: 0x004)
    /// The descriptor has an error, which a read or write tells; comes unasked.
    public static let failed = Readiness(rawValue: 0x008)
    /// Both directions are closed.
    ///
    /// Comes unasked, again and again until the handler is deregistered.
    public static let hungUp = Readiness(rawValue: 0x010)
    public static let peerShutdown = Readiness(rawValue: 0x2000)
}

/// One descriptor that is ready, by the token that it was added with.
public struct PollEvent: Sendable {
    public var token: UInt64
    public var readiness: Readiness

    public init(token: UInt64, readiness: Readiness) {
        self.token = token
        self.readiness = readiness
    }
}

/// Waits for descriptors: epoll, or a script in tests.
public protocol Poller: AnyObject {
    /// Begins to watch `descriptor`; its events bear `token`.
    func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError)

    func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError)

    func remove(_ descriptor: Int32) throws(SystemError)

    /// Waits until something is ready, and puts it into `events` instead of what was there.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait at most; zero does not wait, `nil` waits for ever.
    ///   - events: What is ready; empty when the time is over, or a signal came.
    /// - Throws: `epoll_wait`, which only a misuse can make fail.
    func wait(for timeout: Duration?, into events: inout [PollEvent]) throws(SystemError)
}
