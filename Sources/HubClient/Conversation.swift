import Crypto
import PerMessageDeflate
import WebSocket

/// An open WebSocket without its socket: what the frames that come mean, and how those look
/// that go out.
///
/// Confined to the loop of its ``Connection``, which carries out what it answers.
final class Conversation {
    enum Step {
        case message(Incoming)
        /// To be answered by a Pong with the same bytes (RFC 6455 §5.5.3).
        case ping([UInt8])
        /// The server has closed, or has broken RFC 6455.
        case closed(ConnectionLoss, ClosingHandshake.Action)
    }

    private var reader: MessageReader
    private var closing = ClosingHandshake(role: .client)
    private let deflater: Deflater?
    private var random = SystemRandom()

    init(_ agreement: HandshakeAgreement, maxMessageBytes: Int) {
        let pool = DeflatePool()
        deflater = agreement.deflate.map { pool.deflater($0, for: .client) }
        reader = MessageReader(
            role: .client,
            limits: .init(maxFrameBytes: maxMessageBytes, maxMessageBytes: maxMessageBytes),
            inflater: agreement.deflate.map { pool.inflater($0, for: .client) })
    }

    /// Whether messages may be sent (RFC 6455 §5.5.1).
    var isOpen: Bool { closing.isOpen }

    /// Tells the closing handshake what happened.
    func handle(_ event: ClosingHandshake.Event) -> ClosingHandshake.Action {
        closing.handle(event)
    }

    /// Reads on from `input[offset]`, to the end of one message at most; `nil` when all is used.
    func read(_ input: Span<UInt8>, from offset: inout Int) -> Step? {
        do throws(ProtocolViolation) {
            guard let incoming = try reader.next(input, from: &offset) else { return nil }
            switch incoming {
            case .ping(let payload): return .ping(payload)
            case .close(let code, let reason):
                // RFC 6455 §7.1.5: without a code it counts as 1005.
                let loss = ConnectionLoss.closed(code: code?.rawValue ?? 1005, reason: reason)
                return .closed(loss, closing.handle(.closeReceived(code)))
            case .text, .binary, .pong: return .message(incoming)
            }
        } catch {
            let loss = ConnectionLoss.failed("the server broke RFC 6455: \(error.reason)")
            return .closed(loss, closing.handle(.violation(error)))
        }
    }

    /// Appends a message or a control frame, deflated where that was agreed on.
    func append(_ opcode: Opcode, _ payload: [UInt8], to output: inout [UInt8]) {
        guard !opcode.isControl, let deflater else {
            return FrameWriter.append(opcode, payload, maskingKey: freshKey(), to: &output)
        }
        var compressed: [UInt8] = []
        deflater.deflate(payload.span, into: &compressed)
        FrameWriter.append(
            opcode, compressed, isCompressed: true, maskingKey: freshKey(), to: &output)
    }

    /// Appends a Close; one with a code that may not be sent echoes as a normal one.
    func appendClose(_ code: CloseCode?, to output: inout [UInt8]) {
        let sendable = code.map { $0.isSendable ? $0 : .normal }
        FrameWriter.appendClose(sendable, maskingKey: freshKey(), to: &output)
    }

    /// RFC 6455 §5.3: unpredictable, and new for each frame.
    private func freshKey() -> MaskingKey {
        MaskingKey(rawValue: UInt32(truncatingIfNeeded: random.next()))
    }
}
