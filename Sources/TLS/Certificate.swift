import COpenSSL

/// What a certificate says of its holder (RFC 5280); a value, not the certificate itself.
public struct Certificate: Equatable, Sendable {
    /// A name that the certificate holds good for (RFC 5280 §4.2.1.6).
    public enum Name: Equatable, Sendable {
        case host(String)
        case uri(String)
        case email(String)
        /// An IP address: its 4 or 16 octets.
        case address([UInt8])
    }

    /// The subject's common name; `nil` where it has none.
    public var commonName: String?
    /// The alternative names of the subject.
    public var names: [Name]
    /// When it begins to hold good, in seconds since 1970-01-01 UTC.
    public var notBefore: Int64
    /// When it ends, in seconds since 1970-01-01 UTC.
    public var notAfter: Int64

    /// Makes a description.
    public init(commonName: String?, names: [Name], notBefore: Int64, notAfter: Int64) {
        self.commonName = commonName
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// What a holder is called whom the certificate lets in: its first URI, else its first
    /// e-mail address, else its first host, else the subject's common name.
    public var principalName: String? {
        var (uri, email, host): (String?, String?, String?)
        for name in names {
            switch name {
            case .uri(let text): uri = uri ?? text
            case .email(let text): email = email ?? text
            case .host(let text): host = host ?? text
            case .address: break
            }
        }
        return uri ?? email ?? host ?? commonName
    }

    /// The names as text, the common name where there are no others; for people.
    public var describedNames: [String] {
        let texts = names.map { name in
            switch name {
            case .host(let text), .uri(let text), .email(let text): text
            case .address(let octets): Self.text(ofAddress: octets)
            }
        }
        return texts.isEmpty ? commonName.map { [$0] } ?? [] : texts
    }

    private static func text(ofAddress octets: [UInt8]) -> String {
        if octets.count == 4 { return octets.map { String($0) }.joined(separator: ".") }
        guard octets.count == 16 else { return "?" }
        return stride(from: 0, to: 16, by: 2).map {
            String(UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]), radix: 16)
        }.joined(separator: ":")
    }
}

extension Certificate {
    /// Reads a certificate of OpenSSL's, which stays the caller's.
    init(_ certificate: OpaquePointer) {
        unsafe self.init(
            commonName: Self.commonName(of: certificate), names: Self.names(of: certificate),
            notBefore: copenssl_seconds(X509_get0_notBefore(certificate)),
            notAfter: copenssl_seconds(X509_get0_notAfter(certificate)))
    }

    private static func commonName(of certificate: OpaquePointer) -> String? {
        var count: Int32 = 0
        guard let text = unsafe copenssl_common_name(certificate, &count) else { return nil }
        defer { unsafe copenssl_free(text) }
        return unsafe String(
            validating: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
    }

    private static func names(of certificate: OpaquePointer) -> [Name] {
        let found = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil)
        guard let list = unsafe found else { return [] }
        let names = OpaquePointer(list)
        defer { unsafe copenssl_general_names_free(names) }
        return unsafe (0..<copenssl_general_names(names)).compactMap { index in
            var (octets, count): (UnsafePointer<UInt8>?, Int32) = (nil, 0)
            let kind = unsafe copenssl_name_octets(
                copenssl_general_name(names, index), &octets, &count)
            let value = unsafe Array(UnsafeBufferPointer(start: octets, count: Int(count)))
            return name(kind, value)
        }
    }

    private static func name(_ kind: Int32, _ value: [UInt8]) -> Name? {
        if kind == GEN_IPADD { return .address(value) }
        // A NUL inside a name has fooled readers before: such a name is none.
        guard !value.contains(0), let text = String(validating: value, as: UTF8.self) else {
            return nil
        }
        switch kind {
        case GEN_DNS: return .host(text)
        case GEN_URI: return .uri(text)
        case GEN_EMAIL: return .email(text)
        default: return nil
        }
    }
}
