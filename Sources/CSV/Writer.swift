import Bytes

/// Writes rows that ``Parser`` reads as they were (RFC 4180 §2).
public struct Writer: Sendable {
    public let separator: Separator
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []
    private var isRowStart = true

    /// Makes a writer.
    ///
    /// - Parameter separator: What to write between fields.
    public init(separator: Separator = .comma) { self.separator = separator }

    /// Writes a field behind those of the row; it is quoted where it has to be.
    public mutating func field(_ text: some Collection<UInt8>) {
        if !isRowStart { bytes.append(separator.octet) }
        isRowStart = false
        guard text.contains(where: { needsQuotes($0) }) else {
            bytes.append(contentsOf: text)
            return
        }
        bytes.append(ASCII.quote)
        for octet in text {
            if octet == ASCII.quote { bytes.append(octet) }
            bytes.append(octet)
        }
        bytes.append(ASCII.quote)
    }

    /// Writes a field behind those of the row.
    public mutating func field(_ text: String) { field(text.utf8) }

    /// Ends the row; one empty field alone is quoted, lest it be taken for an empty line.
    public mutating func endRow() {
        if isBlank { bytes.append(utf8: "\"\"") }
        bytes.append(utf8: "\r\n")
        isRowStart = true
    }

    private var isBlank: Bool { bytes.isEmpty || bytes.last == ASCII.lf }

    private func needsQuotes(_ octet: UInt8) -> Bool {
        octet == ASCII.quote || octet == ASCII.lf || octet == ASCII.cr || octet == separator.octet
    }
}
