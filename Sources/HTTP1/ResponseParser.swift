import Bytes

/// What a ``ResponseParser`` has found.
public enum ResponsePart: Sendable {
    /// A head of the class 1xx but for 101: the final one is still to come (RFC 9110 §15.2).
    case interim(ResponseHead)
    /// A final head, or 101; its content follows.
    case head(ResponseHead)
    /// Some content, where it lies in the input that was given; never empty.
    case body(Range<Int>)
    /// The response is whole. A response without content has it as well.
    case end
}

/// Reads responses from bytes that may be split anywhere (RFC 9112), the client's side.
///
/// It is told of each request, since where a response ends depends on its method (§6.3). After the
/// end of a 101 what lies behind the offset belongs to the other protocol, and is not looked at.
public struct ResponseParser: Sendable {
    private enum State {
        case startLine
        case fields(StatusLine)
        case content(ContentReader, next: Next)
        case switched
        case failed(Violation)
        case finished
    }

    private enum Next { case anotherResponse, otherProtocol, nothing }

    private struct StatusLine {
        var version: Version
        var status: Status
    }

    private var state = State.startLine
    private var head: HeadReader
    private var awaited: [Method] = []

    /// Makes a parser for a new connection.
    ///
    /// - Parameter limits: What a response may cost. For a stream without end, a `bodyBytes` of
    ///   `Int.max`.
    public init(limits: Limits = Limits()) {
        head = HeadReader(role: .client, limits: limits)
    }

    /// Says that a request was sent; responses come in the order of their requests (§9.2).
    public mutating func expect(_ method: Method) { awaited.append(method) }

    /// Whether no response is under way and none awaited.
    public var isIdle: Bool {
        if case .startLine = state { head.isEmpty && awaited.isEmpty } else { false }
    }

    /// Reads on from `input[offset]`, up to the next part.
    ///
    /// - Parameters:
    ///   - input: What has arrived. It is not kept.
    ///   - offset: Where to begin; moved past what was used.
    /// - Returns: The next part; `nil` when `input` has run out before, or after a switch of
    ///   protocols.
    /// - Throws: What no later byte can mend, from then on at every call.
    public mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> ResponsePart? {
        do {
            return try advance(input, from: &offset)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Says that the connection has ended.
    ///
    /// - Returns: ``ResponsePart/end`` where that is what ends the content; `nil` between responses.
    /// - Throws: ``Violation/responseTruncated`` in the middle of a response (RFC 9112 §8), or
    ///   where one is awaited.
    public mutating func endOfInput() throws(Violation) -> ResponsePart? {
        switch state {
        case .startLine where isIdle, .switched, .finished:
            return nil
        case .content(let content, _) where content.endsWithConnection:
            state = .finished
            return .end
        case .failed(let violation):
            throw violation
        case .startLine, .fields, .content:
            state = .failed(.responseTruncated)
            throw .responseTruncated
        }
    }

    private mutating func advance(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> ResponsePart? {
        while true {
            switch state {
            case .startLine:
                // RFC 9112 §9.2: no valid response where no request is outstanding.
                guard offset < input.count else { return nil }
                guard !awaited.isEmpty else { throw .responseUnexpected }
                guard let range = try head.startLine(input, from: &offset) else { return nil }
                state = .fields(try ResponseParser.statusLine(head.octets, range))
            case .fields(let line):
                guard let fields = try head.fields(input, from: &offset) else { return nil }
                return try begin(line, fields)
            case .content(var content, let next):
                let piece = try content.next(input, from: &offset)
                if content.isAtEnd && piece == nil {
                    end(next)
                    return .end
                }
                state = .content(content, next: next)
                return piece.map { .body($0) }
            case .failed(let violation):
                throw violation
            case .switched:
                return nil
            case .finished:
                offset = input.count
                return nil
            }
        }
    }

    private mutating func begin(
        _ line: StatusLine, _ fields: Fields
    ) throws(Violation) -> ResponsePart {
        guard let method = awaited.first else { throw .responseUnexpected }
        let head = try ResponseHead(
            status: line.status, version: line.version, fields: fields, answering: method)
        if head.status.isInformational && head.status != .switchingProtocols {
            state = .startLine
            return .interim(head)
        }
        awaited.removeFirst()
        let next: Next =
            head.status == .switchingProtocols
            ? .otherProtocol : head.keepAlive ? .anotherResponse : .nothing
        state = .content(try ContentReader(head.body, limits: self.head.limits), next: next)
        return .head(head)
    }

    private mutating func end(_ next: Next) {
        state =
            switch next {
            case .anotherResponse: .startLine
            case .otherProtocol: .switched
            case .nothing: .finished
            }
    }

    /// RFC 9112 §4: HTTP-version SP status-code SP [ reason-phrase ].
    private static func statusLine(
        _ octets: [UInt8], _ range: Range<Int>
    ) throws(Violation) -> StatusLine {
        let start = range.lowerBound
        guard range.count >= 13, octets[start + 8] == ASCII.space,
            octets[start + 12] == ASCII.space,
            FieldLine.isValue(octets.span, start + 13..<range.upperBound),
            let code = parseDecimal(octets[start + 9..<start + 12]), code >= 100
        else { throw .malformedStartLine }
        return StatusLine(
            version: try Version(octets.span.extracting(start..<start + 8)),
            status: Status(rawValue: UInt16(code)))
    }
}
