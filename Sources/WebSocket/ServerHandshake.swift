import Bytes
import HTTP1

/// What the opening handshake has settled (RFC 6455 §4).
public struct HandshakeAgreement: Hashable, Sendable {
    /// The subprotocol in use; `nil` for none.
    public var subprotocol: String?
    /// How messages may be compressed; `nil` for not at all.
    public var deflate: DeflateParameters?

    public init(subprotocol: String? = nil, deflate: DeflateParameters? = nil) {
        self.subprotocol = subprotocol
        self.deflate = deflate
    }
}

/// The server's side of the opening handshake (RFC 6455 §4.2).
public enum ServerHandshake {
    public struct Accepted: Sendable {
        /// 101, to be sent as it is; fields may be added.
        public var response: Response
        public var agreement: HandshakeAgreement
    }

    /// Why a request does not become a WebSocket.
    public enum Refusal: Error, Hashable, Sendable {
        case methodNotGet
        case versionTooOld
        case hasContent
        case upgradeMissing
        case connectionMissing
        case keyMissing
        case versionNotSupported
        case subprotocolsMalformed
        case extensionsMalformed

        /// The status of the answer.
        public var status: Status { row.status }

        /// What to tell the client.
        public var detail: String { row.detail }

        /// The fields that the status asks for.
        public var fields: Fields {
            switch self {
            case .methodNotGet: ["Allow": "GET"]
            case .upgradeMissing: ["Upgrade": "websocket", "Connection": "Upgrade"]
            case .versionNotSupported:  // §4.4
                [
                    "Upgrade": "websocket", "Connection": "Upgrade",
                    "Sec-WebSocket-Version": ServerHandshake.version,
                ]
            case .versionTooOld, .hasContent, .connectionMissing, .keyMissing,
                .subprotocolsMalformed, .extensionsMalformed:
                [:]
            }
        }

        private var row: (status: Status, detail: String) {
            switch self {
            case .methodNotGet: (.methodNotAllowed, "a WebSocket is opened with GET")
            case .versionTooOld: (.badRequest, "a WebSocket is opened with HTTP/1.1")
            case .hasContent: (.badRequest, "a request for a WebSocket has no content")
            case .upgradeMissing: (.upgradeRequired, "this is a WebSocket: Upgrade: websocket")
            case .connectionMissing: (.badRequest, "Connection does not name Upgrade")
            case .keyMissing: (.badRequest, "Sec-WebSocket-Key is not 16 bytes in base64")
            case .versionNotSupported: (.upgradeRequired, "Sec-WebSocket-Version is not 13")
            case .subprotocolsMalformed: (.badRequest, "Sec-WebSocket-Protocol is malformed")
            case .extensionsMalformed: (.badRequest, "Sec-WebSocket-Extensions is malformed")
            }
        }
    }

    /// The only version that there is (§4.1, §11.6).
    static let version = "13"

    /// Decides on a request, in the order of RFC 6455 §4.2.1.
    ///
    /// Who may connect, and from which Origin, is for the caller to decide.
    ///
    /// - Parameters:
    ///   - head: The request; its Host was checked when it was parsed.
    ///   - subprotocols: What the server speaks. The first of the client's that is among them
    ///     is taken; if there is none, the connection has no subprotocol.
    ///   - deflate: The server's wishes for permessage-deflate; `nil` to decline it.
    ///   - sha1: The digest of RFC 3174.
    /// - Returns: The answer to send, or why there is none.
    public static func evaluate(
        _ head: RequestHead, subprotocols: [String] = [], deflate: DeflateParameters?,
        sha1: ([UInt8]) -> [UInt8]
    ) -> Result<Accepted, Refusal> {
        do throws(Refusal) {
            let key = try checkedKey(of: head)
            let offered = try offeredSubprotocols(head.fields)
            let extensions = try offeredExtensions(head.fields)

            var fields: Fields = [
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Accept": HandshakeKey.acceptValue(for: key, sha1: sha1),
            ]
            var agreement = HandshakeAgreement()
            if let chosen = offered.first(where: subprotocols.contains) {
                agreement.subprotocol = chosen
                fields.append("Sec-WebSocket-Protocol", chosen)
            }
            if let deflate, let agreed = accepted(extensions, wishes: deflate) {
                agreement.deflate = agreed.parameters
                fields.append("Sec-WebSocket-Extensions", agreed.answer)
            }
            let response = Response(.switchingProtocols, fields: fields)
            return .success(Accepted(response: response, agreement: agreement))
        } catch {
            return .failure(error)
        }
    }

    /// §4.2.1, in its order; what it asks of Host was done by the parser of HTTP/1.1.
    private static func checkedKey(of head: RequestHead) throws(Refusal) -> String {
        guard head.method == .get else { throw .methodNotGet }
        guard head.version >= .http11 else { throw .versionTooOld }
        guard head.fields.hasMember("websocket", in: "upgrade") else { throw .upgradeMissing }
        guard head.fields.hasMember("upgrade", in: "connection") else { throw .connectionMissing }
        // What would follow the head must be frames and nothing else.
        guard head.body == .none else { throw .hasContent }
        // §11.3.1, §11.3.5: neither field may appear more than once.
        guard head.fields.values("sec-websocket-version") == [version] else {
            throw .versionNotSupported
        }
        let keys = head.fields.values("sec-websocket-key")
        guard keys.count == 1, HandshakeKey.isValid(keys[0]) else { throw .keyMissing }
        return keys[0]
    }

    /// §4.1: tokens, and "all be unique strings".
    private static func offeredSubprotocols(_ fields: Fields) throws(Refusal) -> [String] {
        let offered = fields.members(of: "sec-websocket-protocol")
        guard offered.allSatisfy(Fields.isName), Set(offered).count == offered.count else {
            throw .subprotocolsMalformed
        }
        return offered
    }

    /// §9.1: what does not conform to the grammar fails the handshake.
    private static func offeredExtensions(_ fields: Fields) throws(Refusal) -> [Extension] {
        var offered: [Extension] = []
        for member in fields.members(of: "sec-websocket-extensions") {
            guard let `extension` = Extension(member) else { throw .extensionsMalformed }
            offered.append(`extension`)
        }
        return offered
    }

    /// RFC 7692 §5: the first offer that can be taken, in the client's order.
    private static func accepted(
        _ offers: [Extension], wishes: DeflateParameters
    ) -> DeflateParameters.Agreement? {
        for offer in offers where offer.name == DeflateParameters.extensionName {
            if let agreed = wishes.agreed(offer: offer) { return agreed }
        }
        return nil
    }
}
