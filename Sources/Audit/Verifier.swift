import Bytes

/// Reads the files of a chain, oldest first, and finds the first line that is not as it was
/// written.
///
/// The first file may begin in the middle of a chain: it is taken at its word for what came
/// before. Who can write the whole chain anew is found out only by who kept a hash of it.
public struct Verifier: Sendable {
    /// What is wrong.
    public enum Reason: String, CaseIterable, Sendable {
        case changed = "it is not as it was written"
        case inserted = "it was not written by the hub, or stands here a second time"
        case removed = "lines before it are missing"
        case reordered = "it stands before lines that were written earlier"
        case unlinked = "it does not follow the line before it: one of them was replaced"
        case beheaded = "a file begins with a line that opens it: lines before it are missing"
        case newChain = "another chain begins here: the file before was not there at the start"
        case torn = "it is not whole; the next start of the hub marks it"
        case tooLong = "it is longer than a line of the hub can be"
    }

    /// The first broken line.
    public struct Fault: Error, Hashable, Sendable {
        /// Which file, from 0.
        public var file: Int
        /// Which line of it, from 1.
        public var line: Int
        public var reason: Reason

        public init(file: Int, line: Int, reason: Reason) {
            self.file = file
            self.line = line
            self.reason = reason
        }
    }

    /// The bytes that are no lines may be this many: what is written at one time, and some.
    static let maxTornBytes = 1 << 20

    /// Good lines.
    public private(set) var lineCount = 0
    /// The last good line; `nil` before the first.
    public private(set) var last: Link?
    /// What the first line follows.
    public private(set) var first: Link?

    private let digest: Digest
    private var file = -1
    private var lineNumber = 0
    private var isAtBeginning = true
    /// What there is of a line whose end has not come.
    private var partial: [UInt8] = []
    /// Bytes since the last good line that are no lines, and where they begin.
    private var stray: (bytes: [UInt8], fault: Fault)?
    /// A line that came too early, and the number that was due.
    private var gap: (fault: Fault, due: UInt64)?

    /// Begins.
    ///
    /// - Parameter digest: SHA-256.
    public init(digest: @escaping Digest) { self.digest = digest }

    /// Begins with the next file.
    ///
    /// - Throws: ``Fault``, where the file before has ended in a line that is broken.
    public mutating func beginFile() throws(Fault) {
        try endLine(isWhole: false)
        file += 1
        lineNumber = 0
        isAtBeginning = true
    }

    /// Takes what comes next in the file.
    ///
    /// - Parameter bytes: Split anywhere.
    /// - Throws: The first fault, where it is certain.
    public mutating func take(_ bytes: some Collection<UInt8>) throws(Fault) {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: lineFeed) {
            partial += rest[..<end]
            rest = rest[rest.index(after: end)...]
            try endLine(isWhole: true)
        }
        partial += rest
        guard partial.count <= Self.maxTornBytes else { throw here(.tooLong) }
    }

    /// Ends: there is no further file.
    ///
    /// - Throws: The first fault, where there is one.
    public mutating func finish() throws(Fault) {
        let isTorn = !partial.isEmpty
        try endLine(isWhole: false)
        if let gap { throw gap.fault }
        guard var fault = stray?.fault else { return }
        if isTorn, fault.line == lineNumber, fault.reason == .changed { fault.reason = .torn }
        throw fault
    }

    private func here(_ reason: Reason) -> Fault {
        Fault(file: max(file, 0), line: max(lineNumber, 1), reason: reason)
    }

    private mutating func endLine(isWhole: Bool) throws(Fault) {
        guard isWhole || !partial.isEmpty else { return }
        lineNumber += 1
        let bytes = partial
        partial = []
        // A line that lacks only its end is a line; the hub ends it before it goes on.
        if let line = Line(bytes, digest: digest) { try take(line) } else { try keep(bytes) }
    }

    private mutating func keep(_ bytes: [UInt8]) throws(Fault) {
        var kept = stray ?? ([], here(.changed))
        kept.bytes += bytes
        kept.bytes.append(lineFeed)
        stray = kept
        guard kept.bytes.count <= Self.maxTornBytes + 1 else { throw kept.fault }
    }

    private mutating func take(_ line: Line) throws(Fault) {
        if let gap {
            // Only what has become of the line that was due is still to be found out.
            guard line.link.number == gap.due else { return }
            var fault = gap.fault
            fault.reason = .reordered
            throw fault
        }
        try checkStray(before: line)
        if isAtBeginning, !line.isOpening { throw here(.beheaded) }
        if let last { try check(line, after: last) }
        if gap != nil { return }
        if first == nil {
            first = Link(number: max(line.link.number, 1) - 1, hash: line.previous)
        }
        isAtBeginning = false
        last = line.link
        lineCount += 1
    }

    /// Holds bytes that are no line to what the line behind them says of them.
    private mutating func checkStray(before line: Line) throws(Fault) {
        guard let stray else {
            if line.torn != nil { throw here(.removed) }
            return
        }
        if line.torn == Torn(stray.bytes.dropLast(), digest: digest) {
            self.stray = nil
            return
        }
        var fault = stray.fault
        if let last, line.follows(last) { fault.reason = .inserted }
        throw fault
    }

    private mutating func check(_ line: Line, after last: Link) throws(Fault) {
        if line.follows(last) { return }
        if isAtBeginning, line.previous == Link.start.hash { throw here(.newChain) }
        if line.link.number <= last.number { throw here(.inserted) }
        guard line.link.number > last.number + 1 else { throw here(.unlinked) }
        gap = (here(.removed), last.number + 1)
    }
}
