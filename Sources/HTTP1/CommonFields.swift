import Bytes

/// What every final response of a server says beside what it is: when it was made, and what holds
/// for all of them.
///
/// Written out once a second, so that a line of it costs a response no more than its bytes.
public struct CommonFields: Sendable {
    /// The whole lines, each with its CRLF.
    let lines: [UInt8]

    /// Writes the lines.
    ///
    /// - Parameters:
    ///   - date: Now (RFC 9110 §6.6.1).
    ///   - fields: What else there is; fields that frame a message are left out.
    public init(_ date: IMFFixdate, _ fields: Fields = [:]) {
        var lines = date.line
        lines.append(fields: fields)
        self.lines = lines
    }
}
