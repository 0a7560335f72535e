/// A set of ASCII octets; no octet above 127 is in it.
struct OctetSet {
    private let low: UInt64
    private let high: UInt64

    /// Makes the set of the letters, the digits and `others`, which are ASCII.
    private init(alphanumericsAnd others: String) {
        let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        var low: UInt64 = 0
        var high: UInt64 = 0
        for octet in (alphanumerics + others).utf8 {
            precondition(octet < 128, "a set holds ASCII only")
            if octet < 64 { low |= 1 << UInt64(octet) } else { high |= 1 << UInt64(octet - 64) }
        }
        self.low = low
        self.high = high
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        let half = octet < 64 ? low : (octet < 128 ? high : 0)
        return half >> UInt64(octet & 63) & 1 != 0
    }

    /// What may stand in a token (RFC 9110 §5.6.2, tchar).
    static let token = OctetSet(alphanumericsAnd: "!#$%&'*+-.^_`|~")

    /// What needs no encoding anywhere (RFC 3986 §2.3).
    static let unreserved = OctetSet(alphanumericsAnd: "-._~")

    /// What may stand in a host that is a name (RFC 3986 §3.2.2, reg-name).
    static let registeredName = OctetSet(alphanumericsAnd: "-._~!$&'()*+,;=%")

    /// What may stand in a path (RFC 3986 §3.3), and `[`, `]` and `|`, which browsers leave as
    /// they are there (WHATWG URL, path percent-encode set).
    static let path = OctetSet(alphanumericsAnd: "-._~!$&'()*+,;=%:@/[]|")

    /// What may stand in a query (RFC 3986 §3.4), and what browsers leave as it is there
    /// (WHATWG URL, query percent-encode set).
    static let query = OctetSet(alphanumericsAnd: "-._~!$&'()*+,;=%:@/?[]|{}^`\\")
}
