import Bytes
import HTTP1

/// The client's side of the opening handshake (RFC 6455 §4.1).
public struct ClientHandshake: Sendable {
    /// Why a server's answer opens no WebSocket (§4.1, and §11.3 on repeated fields).
    public enum Failure: Error, Hashable, Sendable {
        /// The server did not switch; its answer is to be read as one of HTTP.
        case notSwitched(Status)
        case upgradeMissing
        case connectionMissing
        case acceptWrong
        case extensionNotOffered
        case subprotocolNotOffered
    }

    /// What to send to the server.
    public let request: Request

    private let key: String
    private let subprotocols: [String]
    private let deflate: DeflateParameters?

    /// Makes a handshake for one connection.
    ///
    /// - Parameters:
    ///   - target: A path, with a query or without, percent-encoded.
    ///   - host: The server's name, and its port where it is not the usual one.
    ///   - key: 16 random bytes, fresh for each connection (§4.1); any other number traps.
    ///   - subprotocols: What the client speaks, best first: tokens, none of them twice.
    ///   - deflate: The client's wishes for permessage-deflate; `nil` not to offer it.
    ///   - fields: More fields, such as Authorization and Origin.
    public init(
        _ target: String, host: String, key: [UInt8], subprotocols: [String] = [],
        deflate: DeflateParameters? = nil, fields: Fields = [:]
    ) {
        precondition(key.count == HandshakeKey.byteCount, "RFC 6455 §4.1")
        precondition(subprotocols.allSatisfy(Fields.isName), "a subprotocol is a token")
        self.key = Base64.encode(key)
        self.subprotocols = subprotocols
        self.deflate = deflate

        var all: Fields = [
            "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": self.key, "Sec-WebSocket-Version": ServerHandshake.version,
        ]
        if !subprotocols.isEmpty {
            all.append("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", "))
        }
        if let deflate { all.append("Sec-WebSocket-Extensions", deflate.offer) }
        for (name, value) in fields { all.append(name, value) }
        request = Request(.get, target, host: host, fields: all)
    }

    /// Holds a server's answer to the rules, in the order of §4.1.
    ///
    /// - Parameters:
    ///   - response: The answer's head.
    ///   - sha1: The digest of RFC 3174.
    /// - Returns: What was settled.
    /// - Throws: The first rule that it breaks.
    public func verify(
        _ response: ResponseHead, sha1: ([UInt8]) -> [UInt8]
    ) throws(Failure) -> HandshakeAgreement {
        let fields = response.fields
        guard response.status == .switchingProtocols else { throw .notSwitched(response.status) }
        guard fields.members(of: "upgrade").map({ $0.lowercased() }) == ["websocket"] else {
            throw .upgradeMissing
        }
        guard fields.hasMember("upgrade", in: "connection") else { throw .connectionMissing }
        let accept = HandshakeKey.acceptValue(for: key, sha1: sha1)
        guard fields.values("sec-websocket-accept") == [accept] else { throw .acceptWrong }
        return HandshakeAgreement(
            subprotocol: try chosenSubprotocol(fields), deflate: try chosenDeflate(fields))
    }

    private func chosenSubprotocol(_ fields: Fields) throws(Failure) -> String? {
        let chosen = fields.values("sec-websocket-protocol")
        guard let first = chosen.first else { return nil }
        guard chosen.count == 1, subprotocols.contains(first) else {
            throw .subprotocolNotOffered
        }
        return first
    }

    private func chosenDeflate(_ fields: Fields) throws(Failure) -> DeflateParameters? {
        let chosen = fields.members(of: "sec-websocket-extensions")
        guard let first = chosen.first else { return nil }
        guard let deflate, chosen.count == 1, let answer = Extension(first),
            answer.name == DeflateParameters.extensionName,
            let agreed = deflate.agreed(answer: answer)
        else { throw .extensionNotOffered }
        return agreed
    }
}
