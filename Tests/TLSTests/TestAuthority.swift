import COpenSSL

@testable import TLS

/// A certificate and its key in PEM form.
struct TestPEM: Sendable {
    var certificate: [UInt8]
    var key: [UInt8]

    var credentials: Credentials {
        get throws { try Credentials(chain: certificate, key: key) }
    }
}

/// Signs certificates for tests, so that none is kept in a file and none runs out.
@safe
final class TestAuthority {
    private let key: OpaquePointer
    private let certificate: OpaquePointer
    let pem: TestPEM
    private var serial = 1

    static let day = 86_400

    init(_ name: String) {
        unsafe key = Self.makeKey()
        unsafe certificate = Self.makeCertificate(
            name, alternatives: nil, key: key, serial: 1, from: -1, to: 3650)
        unsafe Self.add("critical,CA:TRUE", NID_basic_constraints, to: certificate)
        unsafe X509_set_issuer_name(certificate, X509_get_subject_name(certificate))
        unsafe X509_sign(certificate, key, EVP_sha256())
        pem = unsafe TestPEM(certificate: Self.text(of: certificate), key: Self.text(ofKey: key))
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    var authorities: Authorities { get throws { try Authorities(pem.certificate) } }

    /// Signs a certificate.
    ///
    /// - Parameters:
    ///   - name: The common name.
    ///   - alternatives: As in `DNS:hub.test,IP:127.0.0.1`.
    ///   - from: When it begins, in days from now.
    ///   - to: When it ends, in days from now.
    ///   - kind: Of the key.
    /// - Returns: The certificate and its key.
    func issue(
        _ name: String, _ alternatives: String? = nil, from: Int32 = -1, to: Int32 = 30,
        kind: String = "EC"
    ) -> TestPEM {
        serial += 1
        let key = unsafe Self.makeKey(kind)
        defer { unsafe EVP_PKEY_free(key) }
        let issued = unsafe Self.makeCertificate(
            name, alternatives: alternatives, key: key, serial: serial, from: from, to: to)
        defer { unsafe X509_free(issued) }
        unsafe X509_set_issuer_name(issued, X509_get_subject_name(certificate))
        unsafe X509_sign(issued, self.key, EVP_sha256())
        return unsafe TestPEM(certificate: Self.text(of: issued), key: Self.text(ofKey: key))
    }

    private static func makeKey(_ kind: String = "EC") -> OpaquePointer {
        let generator = unsafe EVP_PKEY_CTX_new_from_name(nil, kind, nil)
        defer { unsafe EVP_PKEY_CTX_free(generator) }
        var key: OpaquePointer?
        unsafe EVP_PKEY_keygen_init(generator)
        if kind == "EC" { unsafe EVP_PKEY_CTX_set_group_name(generator, "P-256") }
        unsafe EVP_PKEY_generate(generator, &key)
        guard let key = unsafe key else { fatalError("no key") }
        return unsafe key
    }

    private static func makeCertificate(
        _ name: String, alternatives: String?, key: OpaquePointer, serial: Int, from: Int32,
        to: Int32
    ) -> OpaquePointer {
        guard let made = unsafe X509_new() else { fatalError("no certificate") }
        unsafe X509_set_version(made, 2)
        unsafe ASN1_INTEGER_set(X509_get_serialNumber(made), serial)
        unsafe X509_time_adj_ex(X509_getm_notBefore(made), from, 0, nil)
        unsafe X509_time_adj_ex(X509_getm_notAfter(made), to, 0, nil)
        unsafe X509_set_pubkey(made, key)
        let subject = unsafe X509_get_subject_name(made)
        unsafe X509_NAME_add_entry_by_txt(subject, "CN", 0x1000, name, -1, -1, 0)
        if let alternatives { unsafe add(alternatives, NID_subject_alt_name, to: made) }
        return unsafe made
    }

    private static func add(_ value: String, _ kind: Int32, to certificate: OpaquePointer) {
        let part = unsafe X509V3_EXT_conf_nid(nil, nil, kind, value)
        defer { unsafe X509_EXTENSION_free(part) }
        unsafe X509_add_ext(certificate, part, -1)
    }

    private static func text(of certificate: OpaquePointer) -> [UInt8] {
        unsafe written { unsafe PEM_write_bio_X509($0, certificate) }
    }

    private static func text(ofKey key: OpaquePointer) -> [UInt8] {
        unsafe written { unsafe PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    /// The same key under a password.
    func keyUnderPassword() -> [UInt8] {
        unsafe Self.written {
            unsafe PEM_write_bio_PKCS8PrivateKey(
                $0, key, EVP_aes_128_cbc(), "secret", 6, nil, nil)
        }
    }

    private static func written(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
        let bio = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(bio) }
        _ = unsafe write(bio)
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = unsafe BIO_read(bio, &piece, 4096), count > 0 {
            text += piece[..<Int(count)]
        }
        return text
    }
}
