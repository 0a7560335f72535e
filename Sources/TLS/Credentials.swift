import COpenSSL

/// A certificate with those that sign it, and its private key (RFC 8446 §4.4.2).
///
/// It never changes, and any thread may use it. The key is wiped with it.
public final class Credentials: Sendable {
    /// The certificate itself, then those that sign it.
    private let chain: [OwnedCertificate]
    private let key: OwnedKey
    /// What the certificate says.
    public let certificate: Certificate
    /// The kind of the key, RSA or ECDSA for example, as libcrypto numbers it.
    let kind: Int32

    /// Reads credentials, and checks that the key is the certificate's.
    ///
    /// - Parameters:
    ///   - chain: The certificate in PEM form, followed by those that sign it.
    ///   - key: Its private key in PEM form, with no password.
    /// - Throws: What is wrong with which of them.
    public init(chain: [UInt8], key: [UInt8]) throws(CredentialsFault) {
        self.chain = try PEM.certificates(chain)
        self.key = try PEM.privateKey(key)
        certificate = unsafe Certificate(self.chain[0].pointer)
        kind = unsafe EVP_PKEY_get_base_id(self.key.pointer)
        ERR_clear_error()
        guard unsafe X509_check_private_key(self.chain[0].pointer, self.key.pointer) == 1 else {
            throw .mismatch
        }
    }

    /// Gives a context the credentials; it counts its own references.
    func use(in context: OwnedContext) throws(CredentialsFault) {
        ERR_clear_error()
        var isTaken =
            unsafe SSL_CTX_use_certificate(context.pointer, chain[0].pointer) == 1
            && SSL_CTX_use_PrivateKey(context.pointer, key.pointer) == 1
        for signer in chain.dropFirst() {
            isTaken =
                unsafe isTaken && copenssl_tls_add_chain(context.pointer, signer.pointer) == 1
        }
        guard isTaken else { throw .refused(LibraryError.take().text) }
    }

    /// Gives one endpoint these credentials beside those of another kind that it has, so that
    /// it shows those that its client can verify.
    ///
    /// - Parameter endpoint: Whose client has said what it can verify, and was not answered.
    /// - Returns: Whether OpenSSL takes them.
    func use(alsoBy endpoint: OpaquePointer) -> Bool {
        let signers = unsafe chain.dropFirst().map { unsafe Optional($0.pointer) }
        return unsafe copenssl_tls_use_also(
            endpoint, chain[0].pointer, key.pointer, signers, signers.count) == 1
    }

    /// Whether a client that asks for this host is served by these credentials.
    func isValid(for host: UnsafePointer<CChar>) -> Bool {
        unsafe X509_check_host(chain[0].pointer, host, 0, 0, nil) == 1
    }
}
