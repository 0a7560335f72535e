import Bytes
import HTTP1
import Hub
import Reactor
import Transport

/// What came of a request to an endpoint.
struct EndpointAnswer {
    var answer: DeliveryAnswer
    /// The beginning of the answer's content.
    var response: [UInt8]
    /// The connection, where another request may be sent on it.
    var connection: EndpointConnection?
}

/// One request to an endpoint and its answer, within a bounded time; confined to its loop.
///
/// The name is resolved anew for each connection, and what is connected to is an address that was
/// looked at. A redirect is an answer like any other.
final class EndpointExchange: EndpointConnection.Owner, TimerHandler {
    typealias Completion = (EndpointAnswer) -> Void

    /// The most of an answer's content that is read; past it the connection is closed.
    static let maxContentBytes = 64 << 10

    private let client: EndpointClient
    private let url: WebhookURL
    private let request: [UInt8]
    private var completion: Completion?
    private var connection: EndpointConnection?
    /// Whether the connection has served before: it may have ended just as this was sent.
    private var isReused = false
    private var hasReceived = false
    private var dialer: Dialer?
    private var timer: TimerID?
    private var parser = EndpointExchange.newParser()
    private var head: ResponseHead?
    private var content: [UInt8] = []
    private var contentBytes = 0

    /// Begins.
    ///
    /// - Parameters:
    ///   - client: What deliveries of the loop share.
    ///   - url: Where to.
    ///   - request: Head and content, as they go out.
    ///   - connection: One that is open, and at rest.
    ///   - completion: Called once, on the loop's thread, perhaps before ``start()`` returns.
    init(
        _ client: EndpointClient, _ url: WebhookURL, _ request: [UInt8],
        on connection: EndpointConnection?, completion: @escaping Completion
    ) {
        self.client = client
        self.url = url
        self.request = request
        self.connection = connection
        self.completion = completion
    }

    /// Sends the request.
    func start() {
        timer = client.loop.schedule(at: client.loop.now + client.timeout, self)
        guard let connection else { return connect() }
        isReused = true
        connection.send(request, for: self)
    }

    /// Gives up; the completion is not called.
    func cancel() {
        completion = nil
        release()
        connection?.close()
        connection = nil
    }

    func timePassed(_ timer: TimerID) {
        self.timer = nil
        let time = "\(client.timeout / .milliseconds(1)) ms"
        fail(head == nil ? "no answer within \(time)" : "the answer was not whole within \(time)")
    }

    // MARK: The connection

    private func connect() {
        // What was checked when the webhook was made may be another now.
        guard client.ports.contains(url.port) else {
            return fail("port \(url.port) is not allowed")
        }
        client.resolve(url.host, port: url.port) { [weak self] answer in
            guard let self, completion != nil else { return }
            switch client.checked(answer) {
            case .success(let addresses): dial(addresses)
            case .failure(let refusal): fail(refusal.reason)
            }
        }
    }

    private func dial(_ addresses: [SocketAddress]) {
        dialer = Dialer(
            addresses: addresses, on: client.loop, timeout: client.timeout
        ) { [weak self] result in self?.dialed(result) }
    }

    private func dialed(_ result: consuming Result<Socket, DialError>) {
        guard completion != nil else { return }
        switch consume result {
        case .failure(let error): fail(error.description)
        case .success(let socket):
            do throws(SystemError) {
                let layer =
                    url.isSecure
                    ? SecureLayer(client.connector().makeEndpoint(for: url.host)) : nil
                let connection = try EndpointConnection(socket, layer: layer, on: client.loop)
                self.connection = connection
                connection.send(request, for: self)
            } catch {
                fail("the connection cannot be watched: \(error.reason)")
            }
        }
    }

    // MARK: The answer

    func received(_ input: Span<UInt8>) {
        hasReceived = true
        var offset = 0
        do throws(Violation) {
            while completion != nil, let part = try parser.next(input, from: &offset) {
                take(part, input, isLast: offset == input.count)
            }
        } catch {
            fail("the answer is not HTTP: \(error.detail)")
        }
    }

    func ended(_ reason: String?) {
        connection = nil
        if isReused, !hasReceived {
            // It had ended before the request was there: that was no attempt.
            isReused = false
            parser = Self.newParser()
            return connect()
        }
        if let reason { return fail(reason) }
        do throws(Violation) {
            guard let part = try parser.endOfInput() else { return fail("no answer") }
            take(part, [UInt8]().span, isLast: false)
        } catch {
            fail("the connection was cut before the answer was whole")
        }
    }

    private func take(_ part: ResponsePart, _ input: Span<UInt8>, isLast: Bool) {
        switch part {
        case .interim: break
        case .head(let head):
            self.head = head
            if head.status == .switchingProtocols { finish(keepsConnection: false) }
        case .body(let range):
            contentBytes += range.count
            let room = DeliveryAttempt.maxResponseBytes - content.count
            if room > 0 { content.append(copying: input.extracting(range.prefix(room))) }
            if contentBytes > Self.maxContentBytes { finish(keepsConnection: false) }
        case .end: finish(keepsConnection: isLast && head?.keepAlive == true)
        }
    }

    private func finish(keepsConnection: Bool) {
        guard let head else { return fail("the answer has no head") }
        var kept = connection
        if !keepsConnection {
            kept?.close()
            kept = nil
        }
        kept?.rest()
        let retryAfter = head.fields.first("retry-after").flatMap { text in
            RetryAfter.wait(text, now: client.wallClock())
        }
        complete(.status(head.status.rawValue, retryAfter: retryAfter), connection: kept)
    }

    private func fail(_ reason: String) {
        connection?.close()
        complete(.failed(reason), connection: nil)
    }

    private func complete(_ answer: DeliveryAnswer, connection: EndpointConnection?) {
        guard let completion else { return }
        self.completion = nil
        self.connection = nil
        release()
        completion(EndpointAnswer(answer: answer, response: content, connection: connection))
    }

    private func release() {
        if let timer { client.loop.cancel(timer) }
        timer = nil
        dialer?.cancel()
        dialer = nil
    }

    private static func newParser() -> ResponseParser {
        // Read on past the bound of what is looked at, so that the parser does not refuse first.
        var parser = ResponseParser(limits: HTTP1.Limits(bodyBytes: .max))
        parser.expect(.post)
        return parser
    }
}
