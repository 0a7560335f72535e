import COpenSSL

/// Why a connection cannot go on.
public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is: what is counted, and what a mend depends on.
    public enum Kind: Equatable, Sendable {
        /// The peer speaks HTTP without TLS, or something else.
        case notTLS(isHTTP: Bool)
        /// No version of TLS, cipher or application protocol that both have.
        case nothingShared
        /// This side does not take the peer's certificate.
        case certificate(CertificateFault)
        /// The peer has ended it by an alert, mostly as it does not take our certificate
        /// (RFC 8446 §6.2).
        case alert(UInt8)
        /// The peer broke the protocol, or somebody changed its bytes.
        case violation
    }

    public let kind: Kind
    /// OpenSSL's words for it.
    public let reason: String

    init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    public var description: String { reason }

    /// What a call on `endpoint` has left behind.
    static func last(of endpoint: OpaquePointer) -> Failure {
        let error = LibraryError.take()
        if error.isTLS(SSL_R_CERTIFICATE_VERIFY_FAILED) {
            let code = unsafe SSL_get_verify_result(endpoint)
            let words = unsafe String(cString: X509_verify_cert_error_string(code))
            return Failure(.certificate(CertificateFault(code)), words)
        }
        if let alert = error.alert { return Failure(.alert(alert), error.text) }
        switch error.reason {
        case _ where error.isTLS(SSL_R_HTTP_REQUEST):
            return Failure(.notTLS(isHTTP: true), error.text)
        case _ where error.isTLS(SSL_R_WRONG_VERSION_NUMBER):
            return Failure(.notTLS(isHTTP: false), error.text)
        case _ where error.isTLS(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE):
            return Failure(.certificate(.missing), error.text)
        case _ where nothingShared.contains { error.isTLS($0) }:
            return Failure(.nothingShared, error.text)
        default: return Failure(.violation, error.text)
        }
    }

    private static let nothingShared = [
        SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_NO_SHARED_CIPHER,
        SSL_R_NO_SHARED_GROUPS, SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_NO_SUITABLE_KEY_SHARE,
        SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_PROTOCOLS_AVAILABLE,
    ]
}

/// What is wrong with a certificate: the check that failed.
public enum CertificateFault: Equatable, Sendable {
    /// The peer sent none, and must.
    case missing
    /// Signed by nobody who is trusted here; also one that signed itself.
    case unknownAuthority
    case expired
    case notYetValid
    /// It is for another host.
    case wrongName
    /// Meant for something else than this role, or weak, or malformed.
    case unsuitable

    init(_ code: Int) {
        self =
            switch Int32(truncatingIfNeeded: code) {
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
                X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_UNTRUSTED:
                .unknownAuthority
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .wrongName
            default: .unsuitable
            }
    }
}
