import CLinux
import Reactor

/// Why a name has no address.
public struct ResolveError: Error, Equatable, Sendable {
    /// What getaddrinfo(3) says, with the name.
    public let reason: String
}

extension SocketAddress {
    /// Resolves a name; blocks unless it is an IP address.
    ///
    /// - Parameters:
    ///   - host: A name or an IP address.
    ///   - port: The port of the answers.
    ///   - limit: The most answers.
    ///   - isNumeric: Takes nothing but an IP address, and never blocks.
    /// - Returns: The addresses, best first, at least one; or why there is none.
    static func resolve(
        _ host: String, port: UInt16, limit: Int, isNumeric: Bool = false
    ) -> Result<[SocketAddress], ResolveError> {
        var kernel = [clinux_address](repeating: clinux_address(), count: limit)
        let count = unsafe clinux_resolve(host, port, isNumeric ? 1 : 0, &kernel, Int32(limit))
        guard count > 0 else {
            let text = unsafe String(cString: clinux_resolve_error(count))
            return .failure(ResolveError(reason: "\(host): \(text)"))
        }
        return .success(kernel[..<Int(count)].map(SocketAddress.init(kernel:)))
    }
}

/// Resolves names for one loop, on a thread of its own, one after the other.
///
/// The thread starts with the first name that needs it, and ends when the resolver goes.
public final class Resolver {
    public typealias Answer = Result<[SocketAddress], ResolveError>

    /// The most names that wait at one time.
    private static let queueCapacity = 256
    /// The most addresses of one name.
    private static let largestAnswer = 16

    private struct Question: Sendable {
        var number: UInt64
        var host: String
        var port: UInt16
    }

    private let queue = WorkQueue<Question>(capacity: queueCapacity)
    private let answers: Mailbox<(number: UInt64, answer: Answer)>
    private var waiting: [UInt64: (Answer) -> Void] = [:]
    private var lastNumber: UInt64 = 0
    private var thread: Thread?

    /// Makes a resolver.
    ///
    /// - Parameter loop: The loop that asks and is answered.
    public init(loop: EventLoop) {
        answers = Mailbox(capacity: Self.queueCapacity * 2, loop: loop.handle)
        loop.attach(answers) { [weak self] batch in
            for (number, answer) in batch { self?.waiting.removeValue(forKey: number)?(answer) }
        }
    }

    /// How many names are being resolved, or wait for it.
    public var waitingCount: Int { waiting.count }

    // The thread ends by itself after the name that it is at, which may take seconds: it is
    // not waited for, and owns all that it uses.
    deinit { queue.close() }

    /// Resolves a name.
    ///
    /// - Parameters:
    ///   - host: A name or an IP address.
    ///   - port: The port of the answers.
    ///   - completion: Called once on the loop's thread: at once for an IP address and for
    ///     `localhost`, else in a later turn.
    public func resolve(
        _ host: String, port: UInt16, _ completion: @escaping (Answer) -> Void
    ) {
        if host == "localhost" {  // RFC 6761 §6.3: always the loopback
            return completion(
                .success([
                    SocketAddress(ipv6: 1, port: port),
                    SocketAddress(ipv4: 0x7F00_0001, port: port),
                ]))
        }
        let numeric = SocketAddress.resolve(host, port: port, limit: 1, isNumeric: true)
        if case .success = numeric { return completion(numeric) }
        ask(host, port, completion)
    }

    private func ask(_ host: String, _ port: UInt16, _ completion: @escaping (Answer) -> Void) {
        do {
            try startThread()
        } catch {
            return completion(.failure(ResolveError(reason: "\(host): \(error)")))
        }
        lastNumber += 1
        let question = Question(number: lastNumber, host: host, port: port)
        guard queue.send(question) == .delivered else {
            return completion(
                .failure(ResolveError(reason: "\(host): too many names wait to be resolved")))
        }
        waiting[lastNumber] = completion
    }

    private func startThread() throws(SystemError) {
        guard thread == nil else { return }
        thread = try Thread.start(name: "resolver") { [queue, answers] in
            while true {
                let questions = queue.receive()
                if questions.isEmpty { return }
                for question in questions {
                    let answer = SocketAddress.resolve(
                        question.host, port: question.port, limit: Self.largestAnswer)
                    answers.send((question.number, answer))
                }
            }
        }
    }
}
