import COpenSSL

/// What a server needs to answer handshakes: its certificates, and whose it asks for.
///
/// It never changes, and any thread may use it: a reload makes another one, and connections
/// that there are keep theirs.
public final class Acceptor: Sendable {
    /// Which certificates clients have to show.
    public enum ClientCertificates: Sendable {
        case none
        /// Asked for; who has none is let in without a name.
        case optional(Authorities)
        case required(Authorities)
    }

    private let credentials: [Credentials]
    /// One for each of the credentials.
    let contexts: [OwnedContext]

    /// Makes an acceptor.
    ///
    /// - Parameters:
    ///   - credentials: At least one. A client gets the first that is valid for the host that it
    ///     names, or else the first of all (RFC 6066 §3). Where several are valid whose keys are
    ///     of different kinds, it gets the one that fits what it can verify (RFC 8446 §4.2.3).
    ///   - clients: Which certificates clients have to show.
    /// - Throws: What OpenSSL does not take.
    public init(
        _ credentials: [Credentials], clients: ClientCertificates = .none
    ) throws(CredentialsFault) {
        precondition(!credentials.isEmpty, "a server has at least one certificate")
        self.credentials = credentials
        contexts = try credentials.map { each throws(CredentialsFault) in
            try Self.makeContext(each, clients)
        }
        // An endpoint keeps its acceptor, so that the name is looked up in one that is there.
        unsafe copenssl_tls_on_server_name(
            contexts[0].pointer, Self.choose, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The certificates, in the order in which they were given.
    public var certificates: [Certificate] { credentials.map(\.certificate) }

    /// Makes the server's end of a new connection.
    ///
    /// - Returns: The endpoint; it waits for the client's first bytes.
    public func makeEndpoint() -> Endpoint {
        unsafe Endpoint(contexts[0], role: .server, owner: self) { unsafe SSL_set_accept_state($0) }
    }

    private static func makeContext(
        _ credentials: Credentials, _ clients: ClientCertificates
    ) throws(CredentialsFault) -> OwnedContext {
        let context = try OwnedContext(.server)
        unsafe copenssl_tls_use_tickets(context.pointer)
        unsafe SSL_CTX_set_alpn_select_cb(context.pointer, chooseProtocol, nil)
        try credentials.use(in: context)
        try ask(for: clients, in: context)
        return context
    }

    private static func ask(
        for clients: ClientCertificates, in context: OwnedContext
    ) throws(CredentialsFault) {
        switch clients {
        case .none: return
        case .optional(let authorities):
            unsafe SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
            try authorities.trust(in: context, isServer: true)
        case .required(let authorities):
            unsafe SSL_CTX_set_verify(
                context.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
            try authorities.trust(in: context, isServer: true)
        }
        // Without it no session of a client with a certificate can be resumed.
        _ = unsafe SSL_CTX_set_session_id_context(context.pointer, "campana", 7)
    }

    /// Takes the certificate that is valid for the name that the client gives (RFC 6066 §3).
    private static let choose:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?
        ) -> Int32 = { endpoint, _, owner in
            guard let endpoint = unsafe endpoint, let owner = unsafe owner else {
                return SSL_TLSEXT_ERR_NOACK
            }
            let acceptor = unsafe Unmanaged<Acceptor>.fromOpaque(owner).takeUnretainedValue()
            let name = unsafe SSL_get_servername(endpoint, TLSEXT_NAMETYPE_host_name)
            guard let name = unsafe name, unsafe acceptor.use(for: name, at: endpoint) else {
                // Who asks for a host that we are not gets the first certificate, and says itself
                // that it is the wrong one: that tells the user more than an alert does.
                let own = acceptor.credentials[0].certificate.describedNames.first
                _ = unsafe own?.withCString { unsafe acceptor.use(for: $0, at: endpoint) }
                return SSL_TLSEXT_ERR_NOACK
            }
            return SSL_TLSEXT_ERR_OK
        }

    /// Gives an endpoint the first credentials of each kind that are valid for a host; whether
    /// there are any.
    private func use(for host: UnsafePointer<CChar>, at endpoint: OpaquePointer) -> Bool {
        var kinds: [Int32] = []
        for (index, each) in credentials.enumerated()
        where !kinds.contains(each.kind) && (unsafe each.isValid(for: host)) {
            if kinds.isEmpty {
                if index > 0 { unsafe SSL_set_SSL_CTX(endpoint, contexts[index].pointer) }
            } else {
                guard unsafe each.use(alsoBy: endpoint) else { continue }
            }
            kinds.append(each.kind)
        }
        return !kinds.isEmpty
    }

    /// Takes `http/1.1`, or refuses (RFC 7301 §3.2: `no_application_protocol`).
    private static let chooseProtocol: SSL_CTX_alpn_select_cb_func = {
        _, chosen, chosenCount, offered, offeredCount, _ in
        let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
        var place = 0
        while place < list.count {
            let count = Int(unsafe list[place])
            let end = place + 1 + count
            guard end <= list.count else { break }
            if unsafe list[(place + 1)..<end].elementsEqual(httpProtocol) {
                unsafe chosen?.pointee = offered.map { unsafe $0 + place + 1 }
                unsafe chosenCount?.pointee = UInt8(count)
                return SSL_TLSEXT_ERR_OK
            }
            place = end
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}

/// The name of HTTP/1.1 in RFC 7301's registry.
let httpProtocol = Array("http/1.1".utf8)
