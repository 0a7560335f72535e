/// Why certificates or keys cannot be used: what is wrong, OpenSSL's reason, and the mend.
///
/// The description begins with a verb, so that it can follow the name of the file.
public enum CredentialsFault: Error, Equatable, Sendable, CustomStringConvertible {
    case noCertificate
    case badCertificate(String)
    case noKey
    case badKey(String)
    case encryptedKey
    /// The key is none of the certificate's.
    case mismatch
    /// OpenSSL takes neither: a key that is too short, a digest that is broken.
    case refused(String)

    /// Whether the fault lies in the file of the key, not in that of the certificate.
    public var isOfKey: Bool {
        switch self {
        case .noKey, .badKey, .encryptedKey, .mismatch: true
        case .noCertificate, .badCertificate, .refused: false
        }
    }

    public var description: String {
        switch self {
        case .noCertificate:
            "holds no certificate in PEM form; it begins with -----BEGIN CERTIFICATE-----"
        case .badCertificate(let reason):
            "holds a certificate that cannot be read (\(reason)); is the file whole?"
        case .noKey:
            "holds no private key in PEM form; it begins with -----BEGIN PRIVATE KEY-----"
        case .badKey(let reason):
            "holds a private key that cannot be read (\(reason)); is the file whole?"
        case .encryptedKey:
            "holds a private key under a password, which nobody is there to type; "
                + "write it without one: openssl pkey -in KEY -out PLAIN"
        case .mismatch:
            "holds a key that does not belong to the certificate; "
                + "the certificate of this key stands first in its file, those that sign it after"
        case .refused(let reason):
            "holds a certificate that is not safe to use (\(reason)); "
                + "make one with an ECDSA P-256 or RSA 2048 key and SHA-256"
        }
    }
}
