import Bytes
import JSON

/// A key of a JSON Web Key Set (RFC 7517 §5), as it is written there.
public struct SetKey: Equatable, Sendable {
    /// What it is made of.
    public enum Material: Equatable, Sendable {
        case rsa(modulus: [UInt8], exponent: [UInt8])
        case p256(x: [UInt8], y: [UInt8])
        case ed25519([UInt8])
    }

    /// Its `kid`.
    public var id: String?
    public var material: Material

    /// The public keys of a set that signatures are verified with.
    ///
    /// - Parameter json: The set, or one key.
    /// - Returns: Those of a kind that is taken, in their order; those for encryption and of
    ///   other kinds are left out (§5).
    /// - Throws: What is no key set, and a key that lacks what its kind needs.
    public static func read(_ json: [UInt8]) throws(KeySetFault) -> [SetKey] {
        let root: Value
        do {
            root = try Value.parse(json)
        } catch {
            throw KeySetFault(error.pointer, "\(error.message) at byte \(error.offset)")
        }
        guard case .object(let members) = root else { throw KeySetFault("", "must be an object") }
        guard let keys = members.first(where: { $0.name == "keys" })?.value else {
            return try SetKey(members, at: "").map { [$0] } ?? []
        }
        guard case .array(let elements) = keys else {
            throw KeySetFault("/keys", "must be an array")
        }
        var found: [SetKey] = []
        for (index, element) in elements.enumerated() {
            guard case .object(let members) = element else {
                throw KeySetFault("/keys/\(index)", "must be an object")
            }
            if let key = try SetKey(members, at: "/keys/\(index)") { found.append(key) }
        }
        return found
    }

    private init?(_ members: [Value.Member], at pointer: String) throws(KeySetFault) {
        func text(_ name: String) -> String? {
            guard case .string(let text)? = members.first(where: { $0.name == name })?.value else {
                return nil
            }
            return text
        }
        func octets(_ name: String) throws(KeySetFault) -> [UInt8] {
            guard let octets = text(name).flatMap(Base64.decodeURL) else {
                throw KeySetFault("\(pointer)/\(name)", "must be base64url without padding")
            }
            return octets
        }
        guard text("use") ?? "sig" == "sig" else { return nil }
        id = text("kid")
        switch (text("kty"), text("crv"), text("alg")) {
        case ("RSA", _, "RS256"), ("RSA", _, nil):
            material = .rsa(modulus: try octets("n"), exponent: try octets("e"))
        case ("EC", "P-256", _):
            material = .p256(x: try octets("x"), y: try octets("y"))
        case ("OKP", "Ed25519", _): material = .ed25519(try octets("x"))
        default: return nil
        }
    }
}

/// What is wrong with a key set.
public struct KeySetFault: Error, Equatable, Sendable {
    /// Where (RFC 6901).
    public var pointer: String
    public var detail: String

    init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
