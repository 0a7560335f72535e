import COpenSSL

extension Endpoint {
    /// What the handshake has settled.
    public struct Agreement: Equatable, Sendable {
        /// As in `TLSv1.3`.
        public var version: String
        public var cipher: String
        /// Whether an earlier session goes on, with no certificate sent.
        public var isResumed: Bool
        /// What ALPN chose: `http/1.1`, or `nil` where the client did not ask.
        public var applicationProtocol: String?
    }

    /// What the handshake has settled; `nil` until it is done.
    public var agreement: Agreement? {
        guard isEstablished else { return nil }
        var (name, count): (UnsafePointer<UInt8>?, UInt32) = (nil, 0)
        unsafe SSL_get0_alpn_selected(tls, &name, &count)
        let chosen = unsafe UnsafeBufferPointer(start: name, count: Int(count))
        return unsafe Agreement(
            version: String(cString: SSL_get_version(tls)),
            cipher: String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(tls))),
            isResumed: SSL_session_reused(tls) == 1,
            applicationProtocol: count == 0 ? nil : String(decoding: chosen, as: UTF8.self))
    }

    /// The peer's certificate: one that was verified, or the one that was refused; `nil` for none.
    public var peerCertificate: Certificate? {
        if let refused { return refused.certificate }
        guard let certificate = unsafe SSL_get1_peer_certificate(tls) else { return nil }
        defer { unsafe X509_free(certificate) }
        return unsafe Certificate(certificate)
    }
}

/// A certificate that was not taken.
final class RefusedCertificate {
    let certificate: Certificate

    init(_ certificate: Certificate) { self.certificate = certificate }
}
