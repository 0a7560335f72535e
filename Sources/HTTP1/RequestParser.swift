import Bytes

/// What a ``RequestParser`` has found.
public enum RequestPart: Sendable {
    /// A head that has kept all rules; its content follows.
    case head(RequestHead)
    /// Some content, where it lies in the input that was given; never empty.
    case body(Range<Int>)
    /// The request is whole. A request without content has it as well.
    case end
}

/// Reads requests from bytes that may be split anywhere (RFC 9112), the server's side.
///
/// It holds what it has read of a head, and nothing of the content. After the ``RequestPart/end``
/// of a request that was answered by a switch of protocols, what lies behind the offset belongs
/// to the other protocol; the parser has not looked at it.
public struct RequestParser: Sendable {
    /// Where the parser stands, for whoever sets the time limits.
    public enum Phase: Sendable {
        /// Nothing has come of another request.
        case idle
        case head
        case content
        /// No other request is read: the last one was not to be kept alive, or broke a rule.
        case finished
    }

    private enum State {
        case startLine(isFirst: Bool)
        case fields(RequestLine)
        case content(ContentReader)
        case failed(Violation)
        case finished
    }

    private enum RequestLine {
        /// The same octets as in the last head: so it mostly is, though a field behind it differs.
        case repeated(RequestHead)
        case new(Method, target: Range<Int>, Version)
    }

    private var state = State.startLine(isFirst: true)
    private var head: HeadReader
    private var staysOpen = true
    /// The last head, where the connection stayed open after it.
    private var last: RequestHead?

    /// The longest head that is kept to be compared with the next, in bytes.
    private static let maxKeptHeadBytes = 1024

    /// Makes a parser for a new connection.
    ///
    /// - Parameter limits: What a request may cost.
    public init(limits: Limits = Limits()) {
        head = HeadReader(role: .server, limits: limits)
    }

    /// Where the parser stands.
    public var phase: Phase {
        switch state {
        case .startLine: head.isEmpty ? .idle : .head
        case .fields: .head
        case .content: .content
        case .failed, .finished: .finished
        }
    }

    /// Reads on from `input[offset]`, up to the next part.
    ///
    /// - Parameters:
    ///   - input: What has arrived. It is not kept.
    ///   - offset: Where to begin; moved past what was used.
    /// - Returns: The next part; `nil` when `input` has run out before. What comes after the last
    ///   request of a connection is skipped (§9.6).
    /// - Throws: What no later byte can mend, from then on at every call.
    public mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> RequestPart? {
        do {
            return try advance(input, from: &offset)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func advance(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> RequestPart? {
        while true {
            switch state {
            case .startLine(let isFirst):
                if let head = try repeatedHead(input, from: &offset) { return .head(head) }
                guard try readStartLine(input, from: &offset, isFirst) else { return nil }
            case .fields(let line):
                guard let fields = try head.fields(input, from: &offset) else { return nil }
                return .head(try begin(line, fields))
            case .content(var content):
                let piece = try content.next(input, from: &offset)
                if content.isAtEnd && piece == nil {
                    state = staysOpen ? .startLine(isFirst: true) : .finished
                    return .end
                }
                state = .content(content)
                return piece.map { .body($0) }
            case .failed(let violation):
                throw violation
            case .finished:
                offset = input.count
                return nil
            }
        }
    }

    /// The last head, where the same octets come again: who keeps a connection mostly says the
    /// same, and what was read from it holds again.
    private mutating func repeatedHead(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> RequestHead? {
        guard let last, head.isEmpty, input.holds(last.fields.octets, at: offset) else {
            return nil
        }
        offset += last.fields.octets.count
        state = .content(try ContentReader(last.body, limits: head.limits))
        return last
    }

    /// Reads the request line; `false` when `input` has run out before.
    private mutating func readStartLine(
        _ input: Span<UInt8>, from offset: inout Int, _ isFirst: Bool
    ) throws(Violation) -> Bool {
        if head.isEmpty, offset < input.count {
            // Whoever speaks TLS, say, is answered at its first byte, not at a time-out.
            guard RequestParser.canBegin(input[offset]) else { throw .malformedStartLine }
        }
        guard let range = try head.startLine(input, from: &offset) else { return false }
        if range.isEmpty {
            // RFC 9112 §2.2: "SHOULD ignore at least one empty line (CRLF)" before it.
            guard isFirst else { throw .malformedStartLine }
            head.reset()
            state = .startLine(isFirst: false)
        } else {
            state = .fields(try requestLine(range))
        }
        return true
    }

    private func requestLine(_ range: Range<Int>) throws(Violation) -> RequestLine {
        if let last {
            let octets = last.fields.octets
            if octets.span.holds(head.octets, at: 0) { return .repeated(last) }
        }
        return try RequestParser.requestLine(head.octets.span, range)
    }

    private mutating func begin(
        _ line: RequestLine, _ fields: Fields
    ) throws(Violation) -> RequestHead {
        let head =
            switch line {
            case .repeated(let last):
                try RequestHead(
                    method: last.method, target: last.target, version: last.version, fields: fields)
            case .new(let method, let target, let version):
                try RequestHead(
                    method: method,
                    target: try RequestTarget(fields.octets, target, method: method),
                    version: version, fields: fields)
            }
        state = .content(try ContentReader(head.body, limits: self.head.limits))
        staysOpen = head.keepAlive
        let isKept = staysOpen && fields.octets.count <= Self.maxKeptHeadBytes
        last = isKept ? head : nil
        return head
    }
}

extension RequestParser {
    private static func canBegin(_ octet: UInt8) -> Bool {
        ASCII.isToken(octet) || octet == ASCII.cr || octet == ASCII.lf
    }

    /// RFC 9112 §3: method SP request-target SP HTTP-version, each SP a single one.
    private static func requestLine(
        _ octets: Span<UInt8>, _ range: Range<Int>
    ) throws(Violation) -> RequestLine {
        let line = octets.extracting(range)
        let first = line.end(of: .token)
        guard first > 0, first < line.count, line[first] == ASCII.space else {
            throw .malformedStartLine
        }
        let second = line.firstIndex(of: ASCII.space, from: first + 1)
        guard second > first + 1, second < line.count else { throw .malformedStartLine }
        let version = try Version(line.extracting(second + 1..<line.count))
        guard let method = Method(line.extracting(..<first)) else {
            throw .methodNotImplemented  // RFC 9110 §9.1
        }
        let start = range.lowerBound
        return .new(method, target: start + first + 1..<start + second, version)
    }
}

extension Method {
    /// The method of that name, in upper case (RFC 9110 §9.1).
    init?(_ name: Span<UInt8>) {
        guard !name.isEmpty else { return nil }
        let method: Method? =
            switch (name[0], name.count) {
            case (0x47, 3): .get
            case (0x48, 4): .head
            case (0x50, 4): .post
            case (0x50, 3): .put
            case (0x50, 5): .patch
            case (0x44, 6): .delete
            case (0x4F, 7): .options
            default: nil
            }
        guard let method, name.equals(method.rawValue) else { return nil }
        self = method
    }
}

extension Version {
    /// The version that is written `HTTP/`, a digit, a dot, a digit (RFC 9112 §2.3).
    init(_ text: Span<UInt8>) throws(Violation) {
        guard text.count == 8, text.extracting(..<5).equals("HTTP/"), ASCII.isDigit(text[5]),
            text[6] == ASCII.dot, ASCII.isDigit(text[7])
        else { throw .malformedStartLine }
        guard text[5] == ASCII.zero + 1 else { throw .versionNotSupported }
        // RFC 9110 §2.5: a higher minor version is read as the highest one that is known.
        self = text[7] == ASCII.zero ? .http10 : .http11
    }
}
