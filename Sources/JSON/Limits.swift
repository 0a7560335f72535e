/// The most that a JSON text may ask of its reader (RFC 8259 §9 leaves them to us).
public struct Limits: Sendable {
    /// The longest text, in bytes.
    public var maxBytes: Int
    /// The most objects and arrays inside one another; `[[1]]` is 2 deep.
    public var maxDepth: Int
    /// The longest string value, in bytes as written between the quotes.
    public var maxStringBytes: Int
    /// The longest number, in bytes as written.
    public var maxNumberBytes: Int
    /// The longest member name, in bytes as written between the quotes.
    public var maxNameBytes: Int
    /// The most members of one object.
    public var maxMembers: Int

    /// Makes limits; each that is not given has the hub's default.
    ///
    /// - Parameters:
    ///   - maxBytes: 1 MiB, as `max-body-bytes` has it.
    ///   - maxDepth: 64; at most 512, which is what a thread's stack holds for certain.
    ///   - maxStringBytes: As `maxBytes`, which then decides.
    ///   - maxNumberBytes: 128; a 256-bit integer has 78 digits.
    ///   - maxNameBytes: 1024; it bounds the JSON pointer that a fault carries.
    ///   - maxMembers: 10 000.
    public init(
        maxBytes: Int = 1 << 20, maxDepth: Int = 64, maxStringBytes: Int? = nil,
        maxNumberBytes: Int = 128, maxNameBytes: Int = 1024, maxMembers: Int = 10_000
    ) {
        precondition(maxDepth <= 512, "a text may be at most 512 deep")
        self.maxBytes = maxBytes
        self.maxDepth = maxDepth
        self.maxStringBytes = maxStringBytes ?? maxBytes
        self.maxNumberBytes = maxNumberBytes
        self.maxNameBytes = maxNameBytes
        self.maxMembers = maxMembers
    }
}
