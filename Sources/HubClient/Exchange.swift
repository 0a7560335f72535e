import HTTP1
import Reactor
import Transport

/// What a server answered to a request.
public struct Answer: Sendable {
    public var head: ResponseHead
    public var body: [UInt8]

    /// Why the hub said no: the problem's words (RFC 9457), or the status.
    public var refusal: String {
        let detail = head.words(of: body)
        return "the hub answered \(head.status.rawValue)" + (detail.isEmpty ? "" : ": \(detail)")
    }
}

/// One HTTP request on a connection of its own, and its answer.
///
/// Confined to its loop, which keeps it until it has called its completion.
public final class Exchange: EventHandler, TimerHandler {
    /// How long an answer may take from the first byte sent to the last one read.
    static let timeout = Duration.seconds(30)
    /// The longest answer that is read: a page of tasks, a status.
    static let answerLimitBytes = 16 << 20

    public typealias Completion = (Result<Answer, ExchangeError>) -> Void

    private let context: ClientContext
    private let address: HubAddress
    private var completion: Completion?
    private var dialer: Dialer?
    private var stream: ByteStream?
    /// What `stream` has over its socket, for its words.
    private var layer: SecureLayer?
    private var registration: Registration?
    private var timer: TimerID?
    private var parser: ResponseParser
    private var request: [UInt8] = []
    private var sent = 0
    private var head: ResponseHead?
    private var body: [UInt8] = []

    /// Begins an exchange.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: A path below the hub's own, with a query or without, encoded.
    ///   - fields: Fields beside Host and those that frame the content.
    ///   - content: What to send.
    ///   - address: The hub.
    ///   - context: The loop to run on.
    ///   - completion: Called once, on the loop's thread, perhaps before this returns.
    @discardableResult
    public init(
        _ method: Method, _ target: String, fields: Fields = [:], content: [UInt8] = [],
        at address: HubAddress, _ context: ClientContext, completion: @escaping Completion
    ) {
        self.context = context
        self.address = address
        self.completion = completion
        parser = ResponseParser(limits: HTTP1.Limits(bodyBytes: Self.answerLimitBytes))
        parser.expect(method)
        var all = fields
        for (name, value) in context.credentialFields(for: address) { all.append(name, value) }
        all.append("Connection", "close")
        Request(
            method, address.prefix + target, host: address.host, fields: all,
            content: .bytes(content)
        ).append(to: &request)
        timer = context.loop.schedule(at: context.loop.now + Self.timeout, self)
        dialer = address.dial(context) { self.dialed($0) }
    }

    private func dialed(_ result: consuming Result<Socket, DialError>) {
        switch consume result {
        case .failure(let error): finish(.failure(.unreachable(address.explain(error))))
        case .success(let socket):
            do throws(SystemError) {
                registration = try context.loop.register(
                    socket.rawValue, [.readable, .writable], self)
            } catch {
                return finish(.failure(.unreachable("cannot reach \(address.text): \(error)")))
            }
            layer = address.makeLayer(context)
            stream = ByteStream(consume socket, layer: layer)
        }
    }

    public func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { send() }
        guard !readiness.isDisjoint(with: [.readable, .failed, .hungUp]) else { return }
        switch stream?.receive(into: context.loop.readBuffer) {
        case .bytes(let count)?:
            context.loop.readBuffer.withBytes(count) { read($0) }
            if stream?.hasMore == true { ready(.readable) }
        case .end?: streamEnded()
        case .failed(let error)?:
            if let words = layer.flatMap(address.explain) {
                return finish(.failure(.untrusted(words)))
            }
            broken(error.reason)
        case .wouldBlock?: awaitSocket()
        case nil: break
        }
    }

    public func timePassed(_ timer: TimerID) {
        broken("no answer in \(Notice.describe(Self.timeout))")
    }

    private func send() {
        if stream?.isBlocked == true, stream?.flush() == .wouldBlock { return }
        while sent < request.count {
            switch stream?.send(request, from: sent) {
            case .bytes(let count)?: sent += count
            // A server may answer, and end, before it has read all: its answer is read then.
            case .wouldBlock?, .failed?, nil: return
            }
        }
        awaitSocket()
    }

    /// Waits for the answer, and for room where there is more to send.
    private func awaitSocket() {
        guard let registration else { return }
        let isDone = sent == request.count && stream?.isBlocked != true
        context.loop.modify(registration, isDone ? .readable : [.readable, .writable])
    }

    private func read(_ input: Span<UInt8>) {
        var offset = 0
        do throws(Violation) {
            while completion != nil, let part = try parser.next(input, from: &offset) {
                take(part, input)
            }
        } catch {
            broken("the answer is not HTTP: \(error.detail)")
        }
    }

    private func take(_ part: ResponsePart, _ input: Span<UInt8>) {
        switch part {
        case .interim: break
        case .head(let head): self.head = head
        case .body(let range):
            body.reserveCapacity(body.count + range.count)
            for index in range { body.append(input[index]) }
        case .end:
            guard let head else { return broken("the answer has no head") }
            finish(.success(Answer(head: head, body: body)))
        }
    }

    private func streamEnded() {
        // Only a peer that says so under its key has ended what has no length (RFC 8446 §6.1).
        if let layer, layer.endpoint.state != .peerClosed {
            return broken("the connection was cut before the answer was whole")
        }
        do throws(Violation) {
            guard let part = try parser.endOfInput() else { return broken("no answer") }
            take(part, [UInt8]().span)
        } catch {
            broken("the connection was cut before the answer was whole")
        }
    }

    private func broken(_ reason: String) {
        finish(.failure(.broken("\(address.text): \(reason)")))
    }

    private func finish(_ result: Result<Answer, ExchangeError>) {
        guard let completion else { return }
        self.completion = nil
        if let registration { context.loop.deregister(registration) }
        if let timer { context.loop.cancel(timer) }
        context.keepSession(of: layer, with: address)
        registration = nil
        stream = nil
        dialer = nil
        completion(result)
    }
}

/// Why there is no answer.
public enum ExchangeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection was made: the request was not sent.
    case unreachable(String)
    /// TLS was not agreed on: the request was not carried out.
    case untrusted(String)
    /// The request may have been carried out.
    case broken(String)

    public var description: String {
        switch self {
        case .unreachable(let text), .untrusted(let text), .broken(let text): text
        }
    }
}
