import Crypto
import HTTP1
import JSON
import WebSocket

/// The opening handshake, and what a server says instead (RFC 6455 §4.1).
struct OpeningExchange {
    /// A refusal is read so far to find its reason.
    private static let refusalLimitBytes = 64 << 10

    let request: [UInt8]
    private let handshake: ClientHandshake
    private var parser: ResponseParser
    private var refusal: ResponseHead?
    private var refusalBody: [UInt8] = []
    private var agreement: HandshakeAgreement?

    init(_ address: HubAddress, _ options: Connection.Options, fields: Fields) {
        handshake = ClientHandshake(
            address.webSocketPath, host: address.host, key: Random.bytes(16),
            subprotocols: options.subprotocols, deflate: options.deflate, fields: fields)
        var octets: [UInt8] = []
        handshake.request.append(to: &octets)
        request = octets
        parser = ResponseParser(limits: HTTP1.Limits(bodyBytes: Self.refusalLimitBytes))
        parser.expect(.get)
    }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - input: What has arrived.
    ///   - offset: Moved past what was used.
    /// - Returns: What was settled, or why there is no WebSocket; `nil` until that is known.
    mutating func read(
        _ input: Span<UInt8>, from offset: inout Int
    ) -> Result<HandshakeAgreement, ConnectionLossError>? {
        do throws(Violation) {
            while let part = try parser.next(input, from: &offset) {
                switch part {
                case .interim: break
                case .head(let head):
                    if let loss = judge(head) { return .failure(loss) }
                case .body(let range):
                    for index in range { refusalBody.append(input[index]) }
                case .end: return agreement.map { .success($0) } ?? .failure(refused())
                }
            }
            return nil
        } catch {
            return .failure(.init(.failed("the server's answer is not HTTP: \(error.detail)")))
        }
    }

    /// What an end of the stream means here.
    mutating func endOfInput() -> ConnectionLoss {
        refusal == nil ? .closed(code: nil, reason: "") : refused().loss
    }

    /// Takes a final head; a loss, where it ends the matter.
    private mutating func judge(_ head: ResponseHead) -> ConnectionLossError? {
        do throws(ClientHandshake.Failure) {
            agreement = try handshake.verify(head, sha1: SHA1.hash)
            return nil
        } catch {
            switch error {
            case .notSwitched:
                refusal = head
                return nil
            case .upgradeMissing, .connectionMissing, .acceptWrong:
                return .init(.failed("the server's handshake breaks RFC 6455 §4.1 (\(error))"))
            case .extensionNotOffered, .subprotocolNotOffered:
                return .init(.failed("the server chose what was not offered (\(error))"))
            }
        }
    }

    private func refused() -> ConnectionLossError {
        guard let refusal else { return .init(.failed("the server's answer is empty")) }
        return .init(
            .refused(
                status: refusal.status.rawValue,
                detail: refusal.words(of: refusalBody),
                retryAfter: refusal.retryAfter))
    }
}

/// A ``ConnectionLoss`` where the language wants an error.
struct ConnectionLossError: Error {
    let loss: ConnectionLoss

    init(_ loss: ConnectionLoss) { self.loss = loss }
}

extension ResponseHead {
    /// Retry-After in seconds (RFC 9110 §10.2.3), an hour at most; a date is not read.
    var retryAfter: Duration? {
        guard let text = fields.first("retry-after"), let seconds = UInt32(text) else { return nil }
        return .seconds(Int64(min(seconds, 3600)))
    }
}
