import COpenSSL

/// Reads what stands in PEM form (RFC 7468).
enum PEM {
    /// All certificates of a text, in their order; at least one.
    static func certificates(_ text: [UInt8]) throws(CredentialsFault) -> [OwnedCertificate] {
        var found: [OwnedCertificate] = []
        let error = unsafe reading(text) { bio -> LibraryError in
            while let certificate = unsafe PEM_read_bio_X509(bio, nil, noPassword, nil) {
                unsafe found.append(OwnedCertificate(owning: certificate))
            }
            return LibraryError.take()
        }
        guard error.reason == PEM_R_NO_START_LINE else { throw .badCertificate(error.text) }
        guard !found.isEmpty else { throw .noCertificate }
        return found
    }

    /// The first private key of a text.
    static func privateKey(_ text: [UInt8]) throws(CredentialsFault) -> OwnedKey {
        let key = unsafe reading(text) { unsafe PEM_read_bio_PrivateKey($0, nil, noPassword, nil) }
        if let key = unsafe key { return unsafe OwnedKey(owning: key) }
        let error = LibraryError.take()
        let shown = String(decoding: text, as: UTF8.self)
        if shown.contains("ENCRYPTED") { throw .encryptedKey }
        throw shown.contains("PRIVATE KEY-----") ? .badKey(error.text) : .noKey
    }

    private static func reading<Result>(
        _ text: [UInt8], _ body: (OpaquePointer?) -> Result
    ) -> Result {
        ERR_clear_error()
        return unsafe text.withUnsafeBytes { bytes in
            // The BIO reads from `bytes`, and ends before them.
            let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
    }
}

/// Refuses to ask: OpenSSL would read a password from the terminal.
private func noPassword(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }
