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

    /// Whether a client that asks for this host is served by these credentials.
    func isValid(for host: UnsafePointer<CChar>) -> Bool {
        unsafe X509_check_host(chain[0].pointer, host, 0, 0, nil) == 1
    }
}
