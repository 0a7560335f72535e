/// How much a text may ask for; past each bound its row is at fault, and the next is read.
public struct Limits: Sendable {
    /// The longest field, in octets, as it is meant: without its quotes.
    public var fieldBytes: Int
    /// The most fields of a row.
    public var columns: Int
    /// The longest row, in octets, as it is written.
    public var rowBytes: Int

    /// Sets the bounds.
    ///
    /// - Parameters:
    ///   - fieldBytes: The longest field, in octets.
    ///   - columns: The most fields of a row.
    ///   - rowBytes: The longest row, in octets.
    public init(fieldBytes: Int = 65_536, columns: Int = 256, rowBytes: Int = 262_144) {
        self.fieldBytes = fieldBytes
        self.columns = columns
        self.rowBytes = rowBytes
    }
}
