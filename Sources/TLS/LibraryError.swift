import COpenSSL

/// What OpenSSL says of its last failure on this thread.
struct LibraryError {
    /// The reason's number, which only its library tells apart; 0 for none.
    let reason: Int32
    private let library: Int32
    /// OpenSSL's words for it: `no start line`.
    let text: String

    /// Takes the oldest failure, and forgets all others.
    static func take() -> LibraryError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return LibraryError(reason: 0, library: 0, text: "no reason given") }
        let text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        return LibraryError(
            reason: ERR_GET_REASON(code), library: ERR_GET_LIB(code),
            text: text ?? "error \(code)")
    }

    /// Whether it is this reason of libssl.
    func isTLS(_ wanted: Int32) -> Bool { library == ERR_LIB_SSL && reason == wanted }

    /// The alert that the peer sent, where that was the failure (RFC 8446 §6).
    var alert: UInt8? {
        guard library == ERR_LIB_SSL, reason >= SSL_AD_REASON_OFFSET else { return nil }
        return UInt8(exactly: reason - SSL_AD_REASON_OFFSET)
    }
}
