extension String {
    /// The text of `octets`, or `nil` where they are not UTF-8 (RFC 3629).
    @inlinable
    public init?(validUTF8 octets: some Sequence<UInt8>) {
        guard let text = String(validating: octets, as: UTF8.self) else { return nil }
        self = text
    }

    /// The text of `octets`, each ill-formed sequence shown as U+FFFD; for people only.
    @inlinable
    public init(lossyUTF8 octets: some Collection<UInt8>) {
        self = String(decoding: octets, as: UTF8.self)
    }
}

extension Array where Element == UInt8 {
    /// The UTF-8 of `text`.
    @inlinable
    public init(utf8 text: String) {
        self = Array(text.utf8)
    }
}
