/// What a message may cost before it is refused, in bytes but for the count of fields.
///
/// Each bound is the largest value that is still taken.
public struct Limits: Sendable {
    /// The request line or status line with its CRLF; past it, 414.
    ///
    /// 8000 octets is what RFC 9112 §3 recommends to support at least.
    public var startLineBytes: Int
    /// The whole head, from the start line to the empty line after the fields; past it, 431.
    public var headBytes: Int
    /// Field lines in a head; past it, 431.
    public var fieldCount: Int
    /// Content, as decoded from chunks; past it, 413.
    public var bodyBytes: Int
    /// All chunk extensions of one message (RFC 9112 §7.1.1); past it, 413.
    public var chunkExtensionBytes: Int
    /// A trailer section, which is read and dropped (RFC 9112 §7.1.2); past it, 431.
    public var trailerBytes: Int

    /// Makes limits; each has the hub's default where it is not given.
    ///
    /// - Parameters:
    ///   - startLineBytes: See the property of that name.
    ///   - headBytes: See the property of that name.
    ///   - fieldCount: See the property of that name.
    ///   - bodyBytes: See the property of that name.
    ///   - chunkExtensionBytes: See the property of that name.
    ///   - trailerBytes: See the property of that name.
    public init(
        startLineBytes: Int = 8 << 10, headBytes: Int = 16 << 10, fieldCount: Int = 100,
        bodyBytes: Int = 1 << 20, chunkExtensionBytes: Int = 4 << 10, trailerBytes: Int = 8 << 10
    ) {
        self.startLineBytes = startLineBytes
        self.headBytes = headBytes
        self.fieldCount = fieldCount
        self.bodyBytes = bodyBytes
        self.chunkExtensionBytes = chunkExtensionBytes
        self.trailerBytes = trailerBytes
    }
}
