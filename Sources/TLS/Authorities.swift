import COpenSSL

/// Those whose signature makes a certificate good: the contents of a CA file.
///
/// It never changes, and any thread may use it.
public final class Authorities: Sendable {
    private let certificates: [OwnedCertificate]

    /// Reads them.
    ///
    /// - Parameter text: One certificate or several, in PEM form.
    /// - Throws: What is wrong with the text.
    public init(_ text: [UInt8]) throws(CredentialsFault) {
        certificates = try PEM.certificates(text)
    }

    /// Makes a context trust them.
    ///
    /// - Parameters:
    ///   - context: The context, which counts its own references.
    ///   - isServer: Whether clients are told whose certificates are taken (RFC 8446 §4.2.4).
    /// - Throws: What OpenSSL does not take.
    func trust(in context: OwnedContext, isServer: Bool) throws(CredentialsFault) {
        ERR_clear_error()
        let store = unsafe SSL_CTX_get_cert_store(context.pointer)
        for certificate in certificates {
            let isTaken =
                unsafe X509_STORE_add_cert(store, certificate.pointer) == 1
                && (!isServer || SSL_CTX_add_client_CA(context.pointer, certificate.pointer) == 1)
            guard isTaken else { throw .refused(LibraryError.take().text) }
        }
    }
}
