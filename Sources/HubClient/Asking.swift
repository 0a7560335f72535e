import HTTP1
import Reactor
import Settings

/// Asks a server one thing after the other, and waits for each answer.
///
/// What may succeed later is asked again, with back-off: what is asked must bear that.
final class Asking {
    /// How often one thing is asked.
    static let maxAttempts = 8

    /// What it is called when something is told of it: "the hub".
    let name: String
    let context: ClientContext
    private let address: HubAddress
    /// Those of every request: credentials.
    private let fields: Fields
    private let attempts: Int
    private let tell: (String) -> Void
    /// Whether there ever was an answer: a server that never gave one is not waited for.
    private var hasAnswered = false
    private var random = SystemRandomNumberGenerator()

    /// Prepares to ask.
    ///
    /// - Parameters:
    ///   - address: Whom.
    ///   - context: The loop to wait on.
    ///   - name: What it is called.
    ///   - fields: Those of every request.
    ///   - attempts: How often one thing is asked.
    ///   - tell: Is told why something is asked again.
    init(
        _ address: HubAddress, _ context: ClientContext, name: String = "the hub",
        fields: Fields = [:],
        attempts: Int = Asking.maxAttempts, tell: @escaping (String) -> Void
    ) {
        self.address = address
        self.context = context
        self.name = name
        self.fields = fields
        self.attempts = attempts
        self.tell = tell
    }

    /// Asks, again and again where that may help.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: A path below the server's own, encoded.
    ///   - extra: Fields of this request.
    ///   - content: What to send.
    /// - Returns: The last answer, of whatever status.
    /// - Throws: Why there is none.
    func ask(
        _ method: HTTP1.Method, _ target: String, _ extra: Fields = [:], _ content: [UInt8] = []
    ) throws(ExchangeError) -> Answer {
        var backoff = Backoff()
        for attempt in 1... {
            let result = once(method, target, extra, content)
            if case .success(let answer) = result {
                hasAnswered = true
                // A token may end while a long file is sent, and the next one be there already.
                if answer.head.status == .unauthorized, attempt < attempts, hasAnotherCredential {
                    continue
                }
            }
            guard hasAnswered, attempt < attempts, let reason = reasonToRetry(result) else {
                return try result.get()
            }
            var wait = backoff.next(using: &random)
            if case .success(let answer) = result, let asked = answer.retryAfter {
                wait = max(wait, asked)
            }
            tell("\(reason); trying again in \(Notice.describe(wait))")
            Files.pause(wait)
        }
        throw .broken("")
    }

    /// Whether there is another key or token now than the one that was shown.
    private var hasAnotherCredential: Bool {
        guard let credential = context.credential, !credential.fields(for: address).isEmpty else {
            return false
        }
        return credential.readAgain() == .another
    }

    private func once(
        _ method: HTTP1.Method, _ target: String, _ extra: Fields, _ content: [UInt8]
    ) -> Result<Answer, ExchangeError> {
        var all = fields
        for field in extra { all.append(field.name, field.value) }
        var result: Result<Answer, ExchangeError>?
        Exchange(method, target, fields: all, content: content, at: address, context) {
            result = $0
        }
        while true {
            if let result { return result }
            context.loop.turn()
        }
    }

    private func reasonToRetry(_ result: Result<Answer, ExchangeError>) -> String? {
        switch result {
        case .failure(let error): error.description
        case .success(let answer):
            answer.mayPass ? "\(name) answered \(answer.head.status.rawValue)\(answer.words)" : nil
        }
    }
}

extension Answer {
    /// The longest wait that a server may ask for: a client that has asked too much has to bear
    /// more than one that met a failure.
    private var longestWait: Duration {
        head.status == .tooManyRequests ? .seconds(3600) : .seconds(60)
    }

    /// How long to wait where nothing was done: 429, and 503 with a time to come back.
    var invitation: Duration? {
        switch head.status {
        case .tooManyRequests: retryAfter ?? .seconds(1)
        case .serviceUnavailable: retryAfter
        default: nil
        }
    }

    /// What the server says of a rate, for whom it holds back to know.
    fileprivate var words: String {
        guard head.status == .tooManyRequests, let detail = Problem.detail(body) else { return "" }
        return ": \(detail)"
    }

    /// Whether the same request may succeed later (RFC 9110 §15.6).
    var mayPass: Bool { [408, 429, 500, 502, 503, 504, 507].contains(head.status.rawValue) }

    /// How long to wait, where the server says it in seconds (RFC 9110 §10.2.3).
    var retryAfter: Duration? {
        guard let text = head.fields.first("retry-after"), let seconds = Int64(text), seconds >= 0
        else { return nil }
        return min(.seconds(seconds), longestWait)
    }
}
