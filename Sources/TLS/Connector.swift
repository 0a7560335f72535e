import COpenSSL

/// What a client needs to begin handshakes: whom it trusts, and who it is.
///
/// It never changes, and any thread may use it.
public final class Connector: Sendable {
    /// Whose certificates are taken.
    public enum Trust: Sendable {
        /// Those that the system trusts.
        case system
        /// Those that these have signed, and no others.
        case authorities(Authorities)
        /// All: whoever stands between can read and change everything.
        case anyone
    }

    /// One that trusts whom the system trusts, and shows nothing; made at its first use, which
    /// reads files.
    public static let system: Connector = {
        do {
            return try Connector()
        } catch {
            fatalError("libssl makes no client: \(error); is openssl.cnf right?")
        }
    }()

    private let context: OwnedContext
    private let trust: Trust

    /// Makes a connector.
    ///
    /// It reads the system's certificates where those are asked for, which may block.
    ///
    /// - Parameters:
    ///   - trust: Whose certificates are taken.
    ///   - credentials: What to show to a server that asks; `nil` for nothing.
    /// - Throws: What OpenSSL does not take.
    public init(
        trust: Trust = .system, credentials: Credentials? = nil
    ) throws(CredentialsFault) {
        context = try OwnedContext(.client)
        self.trust = trust
        let offer = [UInt8(httpProtocol.count)] + httpProtocol
        _ = unsafe SSL_CTX_set_alpn_protos(context.pointer, offer, UInt32(offer.count))
        switch trust {
        case .system: _ = unsafe SSL_CTX_set_default_verify_paths(context.pointer)
        case .authorities(let authorities):
            try authorities.trust(in: context, isServer: false)
        case .anyone: break
        }
        unsafe copenssl_tls_on_session(context.pointer, Endpoint.keepSession)
        try credentials?.use(in: context)
    }

    /// Makes the client's end of a new connection; its first bytes can be taken at once.
    ///
    /// - Parameters:
    ///   - host: The name or IP address that the server's certificate must be for, whatever
    ///     address the connection goes to.
    ///   - session: One of an earlier connection of this connector to the same host, whose
    ///     certificate is not checked again; a server that does not know it does a full handshake.
    /// - Returns: The endpoint.
    public func makeEndpoint(for host: String, resuming session: Session? = nil) -> Endpoint {
        let checks = if case .anyone = trust { false } else { true }
        let endpoint = unsafe Endpoint(context, role: .client, owner: self) { tls in
            unsafe SSL_set_connect_state(tls)
            if let session { _ = unsafe SSL_set_session(tls, session.pointer) }
            unsafe SSL_set_verify(tls, checks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
            let parameters = unsafe SSL_get0_param(tls)
            // RFC 6066 §3: an address is no server name.
            if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return }
            let isSet =
                unsafe copenssl_tls_set_server_name(tls, host) == 1
                && X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1
            precondition(isSet, "a host's name is at most 255 bytes long, and OpenSSL has memory")
        }
        endpoint.begin()
        return endpoint
    }
}
