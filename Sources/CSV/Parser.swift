import Bytes

/// Reads rows from octets that may be split anywhere (RFC 4180).
///
/// Fields stand between commas, semicolons or tabs; where nobody names the separator, it is the
/// first of these that stands outside quotes in the first row. Rows end by CRLF or LF. An empty
/// line is no row. A field may be quoted, and then hold separators, line ends, and quotes that are
/// written twice (§2.5 to §2.7).
///
/// A row that breaks a rule or a bound is told as a fault, and reading goes on by the same
/// grammar behind its end: a quoted field that is too long ends at its quote, not at its first
/// line end. What waits is one row, bounded by ``Limits``.
public struct Parser {
    private enum State {
        /// Nothing of the row has come.
        case rowStart
        /// A separator has come.
        case fieldStart
        case plain
        case quoted
        /// A quote in a quoted field: its end, or the first of two.
        case quote
        /// A carriage return, which a line feed has to follow.
        case carriageReturn
    }

    /// What stands between fields; `nil` until the first row has told.
    public private(set) var separator: Separator?
    /// How characters are written; `nil` as long as all was ASCII and nobody has named it.
    public private(set) var encoding: Encoding?
    /// The line of the next octet, from 1.
    public private(set) var line = 1

    private let limits: Limits
    private var state = State.rowStart
    /// How many octets of a byte order mark have come; `nil` once the text has begun.
    private var markOctets: Int? = 0
    private var text: [UInt8] = []
    private var ends: [Int] = []
    private var isASCII = true
    private var firstLine = 1
    private var quoteLine = 1
    private var rowBytes = 0
    private var fault: Fault?

    /// Makes a parser.
    ///
    /// - Parameters:
    ///   - separator: What stands between fields; `nil` to learn it from the first row.
    ///   - encoding: How characters are written; `nil` to learn it, as ``Encoding`` says.
    ///   - limits: How much the text may ask for.
    public init(
        separator: Separator? = nil, encoding: Encoding? = nil, limits: Limits = Limits()
    ) {
        self.separator = separator
        self.encoding = encoding
        self.limits = limits
    }

    /// Reads on from `input[offset]`, up to the end of one row.
    ///
    /// - Parameters:
    ///   - input: What has arrived.
    ///   - offset: Where to begin; moved past what was used.
    /// - Returns: The row once it is whole; `nil` when `input` has run out before.
    public mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> Row? {
        while offset < input.count {
            let octet = input[offset]
            if let matched = markOctets, passesMark(octet, matched, &offset) { continue }
            offset += 1
            if let row = advance(octet) { return row }
        }
        return nil
    }

    /// Ends the text.
    ///
    /// - Returns: The last row, where no line end follows it.
    public mutating func finish() -> Row? {
        if let matched = markOctets { release(matched) }
        switch state {
        case .rowStart: return nil
        case .quoted:
            note(.unendedQuote, line: quoteLine)
            return endRow()
        case .fieldStart, .plain, .quote, .carriageReturn: return endRow()
        }
    }

    // MARK: The byte order mark

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Whether the octet belongs to a mark; what only looked like one is read as text.
    private mutating func passesMark(_ octet: UInt8, _ matched: Int, _ offset: inout Int) -> Bool {
        guard octet == Self.mark[matched] else {
            release(matched)
            return false
        }
        offset += 1
        markOctets = matched + 1 == Self.mark.count ? nil : matched + 1
        if markOctets == nil { encoding = .utf8 }
        return true
    }

    private mutating func release(_ matched: Int) {
        markOctets = nil
        for octet in Self.mark[..<matched] { _ = advance(octet) }  // none of them ends a row
    }

    // MARK: The grammar

    private mutating func advance(_ octet: UInt8) -> Row? {
        rowBytes += 1
        if rowBytes == limits.rowBytes + 1 { note(.rowTooLong(limitBytes: limits.rowBytes)) }
        switch state {
        case .rowStart, .fieldStart:
            if octet == ASCII.quote {
                state = .quoted
                quoteLine = line
                return nil
            }
            return advancePlain(octet)
        case .plain:
            if octet == ASCII.quote { note(.quoteInPlainField) }
            return advancePlain(octet)
        case .quoted:
            if octet == ASCII.quote { state = .quote } else { keep(octet) }
            if octet == ASCII.lf { line += 1 }
            return nil
        case .quote:
            if octet == ASCII.quote {
                keep(octet)
                state = .quoted
                return nil
            }
            if !endsField(octet) { note(.textAfterQuote) }
            return advancePlain(octet)
        case .carriageReturn:
            if octet != ASCII.lf { note(.loneCarriageReturn) }
            return advancePlain(octet)
        }
    }

    /// An octet outside quotes.
    private mutating func advancePlain(_ octet: UInt8) -> Row? {
        if octet == ASCII.lf {
            defer { line += 1 }
            return endRow()
        }
        if octet == ASCII.cr {
            state = .carriageReturn
        } else if isSeparator(octet) {
            endField()
            state = .fieldStart
        } else {
            keep(octet)
            state = .plain
        }
        return nil
    }

    private func endsField(_ octet: UInt8) -> Bool {
        octet == ASCII.lf || octet == ASCII.cr
            || (separator.map { $0.octet == octet } ?? (Separator(octet: octet) != nil))
    }

    private mutating func isSeparator(_ octet: UInt8) -> Bool {
        if let separator { return octet == separator.octet }
        separator = Separator(octet: octet)
        return separator != nil
    }

    private mutating func keep(_ octet: UInt8) {
        guard fault == nil else { return }
        if octet == 0 { return note(.nul) }
        guard text.count - (ends.last ?? 0) < limits.fieldBytes else {
            return note(.fieldTooLong(limitBytes: limits.fieldBytes))
        }
        if octet >= 0x80 { isASCII = false }
        text.append(octet)
    }

    private mutating func endField() {
        guard fault == nil else { return }
        guard ends.count < limits.columns else {
            return note(.tooManyColumns(limit: limits.columns))
        }
        ends.append(text.count)
    }

    /// Notes what is wrong, unless something was before; nothing of the row is kept then.
    private mutating func note(_ reason: Fault.Reason, line: Int? = nil) {
        guard fault == nil else { return }
        fault = Fault(line: line ?? self.line, column: ends.count + 1, reason)
        text = []
        ends = []
    }

    // MARK: The end of a row

    private mutating func endRow() -> Row? {
        let isBlank = ends.isEmpty && text.isEmpty && fault == nil && !hasQuotes
        if !isBlank {
            endField()
            if separator == nil { separator = .comma }  // one column, which any of them parts
        }
        let row = isBlank ? nil : fault.map(Row.fault) ?? decoded()
        text = []
        ends = []
        isASCII = true
        rowBytes = 0
        fault = nil
        state = .rowStart
        firstLine = line + 1
        return row
    }

    /// Whether the row ends behind a quoted field: `""` is a row of one empty field.
    private var hasQuotes: Bool {
        switch state {
        case .quote, .quoted: true
        case .carriageReturn: rowBytes > 2
        case .rowStart, .fieldStart, .plain: false
        }
    }

    private mutating func decoded() -> Row {
        var record = Record(line: firstLine, text: text, ends: ends)
        guard !isASCII else { return .record(record) }
        if encoding == nil { encoding = Self.encoding(of: record) }
        if encoding == .latin1 {
            record = Self.fromLatin1(record)
        } else if let column = (0..<record.count).first(where: { !Self.isUTF8(record.octets($0)) })
        {
            return .fault(Fault(line: firstLine, column: column + 1, .notUTF8))
        }
        return .record(record)
    }

    /// What the first field that is not ASCII tells.
    private static func encoding(of record: Record) -> Encoding {
        for column in 0..<record.count {
            let octets = record.octets(column)
            guard octets.contains(where: { $0 >= 0x80 }) else { continue }
            return isUTF8(octets) ? .utf8 : .latin1
        }
        return .utf8
    }

    private static func isUTF8(_ octets: ArraySlice<UInt8>) -> Bool {
        String(validUTF8: octets) != nil
    }

    private static func fromLatin1(_ record: Record) -> Record {
        var text: [UInt8] = []
        text.reserveCapacity(record.text.count + record.text.count / 8)
        var ends: [Int] = []
        for column in 0..<record.count {
            for octet in record.octets(column) { Encoding.append(latin1: octet, to: &text) }
            ends.append(text.count)
        }
        return Record(line: record.line, text: text, ends: ends)
    }
}
