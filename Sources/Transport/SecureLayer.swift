import Glibc
import Reactor
import TLS

/// TLS between a connection and its socket, for either end.
///
/// Confined to its loop. A client's first bytes wait from the start: it is blocked until the first
/// ``ByteStream/flush()``.
public final class SecureLayer: StreamLayer {
    /// The most plaintext that one call encrypts: what is encrypted can no longer be dropped.
    static let largestSend = 65_536
    /// What may wait for a peer that does not read before it is given up: one send, and more
    /// answers to a handshake than any peer asks for.
    static let largestKept = 3 * 65_536
    /// What is received at one time, so that its plaintext fits the buffer with the record of
    /// which a part came before.
    static let largestReceive = ReadBuffer.capacity - Endpoint.largestRecord

    public let endpoint: Endpoint
    /// Called once, when the handshake is done, before any plaintext is handed on.
    public var onEstablished: (() -> Void)?
    private let plaintextAnswer: () -> [UInt8]
    private var kept: [UInt8]
    private var keptOffset = 0

    /// Stands over a socket.
    ///
    /// - Parameters:
    ///   - endpoint: A new one.
    ///   - plaintextAnswer: What a peer is sent, in clear, that speaks HTTP without TLS.
    public init(_ endpoint: Endpoint, plaintextAnswer: @escaping () -> [UInt8] = { [] }) {
        self.endpoint = endpoint
        self.plaintextAnswer = plaintextAnswer
        kept = endpoint.takeOutput()
    }

    /// Why the connection cannot go on; `nil` while it can.
    public var failure: Failure? {
        if case .failed(let failure) = endpoint.state { failure } else { nil }
    }

    /// What a client's certificate calls it; `nil` where it has shown none.
    public private(set) lazy var peerName = endpoint.peerCertificate?.principalName

    public var isBlocked: Bool { !kept.isEmpty }

    public var isOverrun: Bool { kept.count - keptOffset > Self.largestKept }

    public private(set) var hasMore = false

    public func receive(from socket: borrowing Socket, into buffer: ReadBuffer) -> Received {
        if hasMore { return ended() }
        let received = socket.receive(into: buffer, atMost: Self.largestReceive)
        guard case .bytes(let count) = received else { return received }
        let isNew = !endpoint.isEstablished
        var plaintext: [UInt8] = []
        buffer.withBytes(count) { ciphertext in
            // A failure is the endpoint's state from now on, and told once all bytes are.
            try? endpoint.receive(ciphertext, into: &plaintext)
        }
        guard keepOutput(over: socket) else { return .failed(Self.error) }
        answerPlaintext(over: socket)
        if isNew, endpoint.isEstablished { onEstablished?() }
        guard !plaintext.isEmpty else { return ended() }
        buffer.fill(plaintext)
        switch endpoint.state {
        case .failed, .peerClosed: hasMore = true
        case .waiting, .handshake, .open: break
        }
        return .bytes(plaintext.count)
    }

    public func send(_ bytes: [UInt8], from offset: Int, over socket: borrowing Socket) -> Sent {
        guard !isBlocked else { return .wouldBlock }
        let count = min(bytes.count - offset, Self.largestSend)
        endpoint.send(bytes.span.extracting(offset..<(offset + count)))
        kept = endpoint.takeOutput()
        if case .failed(let error) = flush(over: socket) { return .failed(error) }
        return .bytes(count)
    }

    public func flush(over socket: borrowing Socket) -> Sent {
        while keptOffset < kept.count {
            switch socket.send(kept, from: keptOffset) {
            case .bytes(let count): keptOffset += count
            case .wouldBlock: return .wouldBlock
            case .failed(let error): return .failed(error)
            }
        }
        kept = []  // an idle connection keeps no buffer
        keptOffset = 0
        return .bytes(0)
    }

    public func end(over socket: borrowing Socket) {
        endpoint.close()
        _ = keepOutput(over: socket)
    }

    /// What there is to say of the end, once all plaintext before it was handed on.
    private func ended() -> Received {
        hasMore = false
        return switch endpoint.state {
        case .failed: .failed(Self.error)
        case .peerClosed: .end
        case .waiting, .handshake, .open: .wouldBlock
        }
    }

    /// Sends what the endpoint has to say; `false` for a peer that asks more than it reads.
    private func keepOutput(over socket: borrowing Socket) -> Bool {
        let output = endpoint.takeOutput()
        if kept.isEmpty { kept = output } else { kept += output }
        if case .failed = flush(over: socket) { return true }  // the next receive tells why
        return !isOverrun
    }

    private func answerPlaintext(over socket: borrowing Socket) {
        guard case .notTLS(isHTTP: true)? = failure?.kind else { return }
        let answer = plaintextAnswer()
        if !answer.isEmpty { _ = socket.send(answer) }
    }

    /// What stands for a failure where the kernel's errors do; ``failure`` says more.
    private static let error = SystemError("tls", code: EPROTO)
}
