import Crypto
import Hub
import Log
import Reactor
import SQLiteEngine
import Settings
import Trust

// Who may, as the settings and the store say it at the start.
extension Server {
    /// What rules and routes need to decide who may.
    static func access(_ settings: HubSettings, _ file: SourcesFile?) -> Access {
        var access = Access(primitives: .libcrypto, makeSecret: { Random.bytes($0) })
        access.areMetricsOpen = settings.openMetrics
        if let file { access.sources = { file.current } }
        return access
    }

    /// What finds out who asks.
    ///
    /// - Parameters:
    ///   - settings: What the operator wants.
    ///   - keys: What tokens are verified with.
    /// - Returns: What loops ask.
    /// - Throws: Grants that cannot be read.
    static func authenticator(
        _ settings: HubSettings, keys: [TokenKey]
    ) throws(StartFault) -> Authenticator {
        let verifier =
            keys.isEmpty
            ? nil
            : TokenVerifier(
                keys: keys, issuer: settings.jwtIssuer, audiences: settings.jwtAudience,
                leeway: settings.jwtLeeway)
        let grants = try readGrants(settings.jwtGrant ?? "", "jwt-grant")
        return Authenticator(
            tokens: verifier, tokenGrants: grants,
            certificateGrants: settings.tlsClientCa == nil
                ? nil : try readGrants(settings.tlsClientGrant, "tls-client-grant"),
            primitives: .libcrypto)
    }

    /// Grants with spaces between.
    private static func readGrants(
        _ text: String, _ option: String
    ) throws(StartFault) -> [Grant] {
        do {
            return try Grant.parse(text.split(separator: " ").map(String.init))
        } catch {
            throw StartFault("\(option): \(error.message)")
        }
    }

    /// Reads all keys, before anybody can ask.
    static func readKeyring(_ engine: EmbeddedEngine) throws(StartFault) -> Keyring {
        let answers = WorkQueue<Result<Keyring, EngineError>>(capacity: 1)
        engine.read { snapshot throws(EngineError) in
            try Keyring(snapshot)
        } reply: {
            _ = answers.send($0)
        }
        switch answers.receive().first {
        case .success(let keyring)?: return keyring
        case .failure(let error)?: throw StartFault("the keys cannot be read: \(error)")
        case nil: throw StartFault("the keys cannot be read")
        }
    }

    /// Reads what tokens are verified with.
    static func tokenKeys(_ settings: HubSettings) throws(StartFault) -> [TokenKey] {
        var keys: [TokenKey] = []
        if let path = settings.jwtSecretFile { keys += try secretKeys(path) }
        if let path = settings.jwtKeysFile { keys += try publicKeys(path) }
        guard keys.count <= TokenVerifier.maxKeys else {
            throw StartFault(
                "jwt: there are \(keys.count) keys, and \(TokenVerifier.maxKeys) may be")
        }
        return keys
    }

    /// One secret a line: the one in use, and one that is on its way in or out.
    private static func secretKeys(_ path: String) throws(StartFault) -> [TokenKey] {
        let lines = try SecretFile.read(path, "jwt-secret-file").split(separator: 0x0A)
            .map { line in Array(line.last == 0x0D ? line.dropLast() : line) }
            .filter { !$0.isEmpty }
        let keys = lines.compactMap { TokenKey(secret: $0, primitives: .libcrypto) }
        guard !keys.isEmpty, keys.count == lines.count else {
            throw StartFault(
                "jwt-secret-file: each line of \"\(path)\" must be a secret of "
                    + "\(TokenKey.leastSecretBytes) bytes at least; openssl rand -hex 32 makes one")
        }
        return keys
    }

    private static func publicKeys(_ path: String) throws(StartFault) -> [TokenKey] {
        let file = try SecretFile.read(path, "jwt-keys-file", isSecret: false)
        guard file.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
            guard let keys = PublicKey.keys(pem: file) else {
                throw StartFault(
                    "jwt-keys-file: \"\(path)\" has no PEM public key of RSA (2048 bits at least), "
                        + "P-256 or Ed25519, or one of another kind")
            }
            return keys.map { TokenKey($0, id: nil) }
        }
        let set: [SetKey]
        do {
            set = try SetKey.read(file)
        } catch {
            throw StartFault("jwt-keys-file: \"\(path)\" at \"\(error.pointer)\": \(error.detail)")
        }
        let keys = set.compactMap { key in
            PublicKey(key.material).map { TokenKey($0, id: key.id) }
        }
        guard !keys.isEmpty, keys.count == set.count else {
            throw StartFault("jwt-keys-file: \"\(path)\" has no key that can be used, or a bad one")
        }
        return keys
    }
}

extension TokenKey {
    /// The one algorithm of a key's kind.
    fileprivate init(_ key: PublicKey, id: String?) {
        let algorithm: TokenAlgorithm =
            switch key.kind {
            case .rsa: .rs256
            case .p256: .es256
            case .ed25519: .edDSA
            }
        self.init(
            id: id, algorithm: algorithm,
            fingerprint: Self.fingerprint(of: key.encoded, primitives: .libcrypto)
        ) { key.verify($0, of: $1) }
    }
}

extension PublicKey {
    fileprivate convenience init?(_ material: SetKey.Material) {
        switch material {
        case .rsa(let modulus, let exponent): self.init(rsaModulus: modulus, exponent: exponent)
        case .p256(let x, let y): self.init(p256X: x, y: y)
        case .ed25519(let bytes): self.init(ed25519: bytes)
        }
    }
}
