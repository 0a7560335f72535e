import CLinux
import Glibc
import Synchronization

/// A thread of the operating system.
public final class Thread: Sendable {
    private let identifier: pthread_t
    private let isJoined = Atomic(false)

    private init(identifier: pthread_t) { self.identifier = identifier }

    /// Starts a thread.
    ///
    /// Signals that it must not take are blocked before (``Signals/block(_:)``): a thread
    /// inherits the mask of the one that starts it.
    ///
    /// - Parameters:
    ///   - name: What `ps -L` and debuggers show; cut to 15 bytes.
    ///   - body: What the thread does; the thread ends with it.
    /// - Returns: The thread, to be joined.
    /// - Throws: `pthread_create`, if the system has no room for a thread.
    public static func start(
        name: String, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> Thread {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var identifier = pthread_t()
        let code = unsafe pthread_create(
            &identifier, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe clinux_name_thread(start.name)
                start.body()
                return nil
            }, unsafe start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw SystemError("pthread_create", code: code)
        }
        return Thread(identifier: identifier)
    }

    /// A thread that nobody waits for frees what it holds by itself when it ends.
    deinit {
        if !isJoined.load(ordering: .relaxed) { pthread_detach(identifier) }
    }

    /// Waits until the thread has ended; returns at once if it was waited for before.
    public func join() {
        guard !isJoined.exchange(true, ordering: .relaxed) else { return }
        pthread_join(identifier, nil)
    }
}

/// What a new thread is handed through `pthread_create`'s one pointer.
private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
