/// One row of fields, as UTF-8.
public struct Record: Hashable, Sendable {
    /// The line on which it begins, from 1.
    public let line: Int
    /// The fields, one behind the other.
    var text: [UInt8]
    /// Where each field ends in `text`.
    var ends: [Int]

    /// How many fields it has, at least 1.
    public var count: Int { ends.count }

    /// The octets of a field: valid UTF-8.
    ///
    /// - Parameter index: Less than ``count``.
    /// - Returns: A part of the record's own octets.
    public func octets(_ index: Int) -> ArraySlice<UInt8> {
        text[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// A field.
    ///
    /// - Parameter index: Less than ``count``.
    public subscript(index: Int) -> String { String(decoding: octets(index), as: UTF8.self) }
}

/// What a row of a text turned out to be.
public enum Row: Hashable, Sendable {
    case record(Record)
    /// The first thing that is wrong with it; its other fields are not told.
    case fault(Fault)
}
