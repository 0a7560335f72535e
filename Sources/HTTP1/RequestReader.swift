import Bytes

/// Gathers whole requests, head and content, from what a ``RequestParser`` finds.
///
/// For whoever acts on a request only once it is whole. What a request may cost is bounded by the
/// parser's limits.
public struct RequestReader: Sendable {
    /// What has come.
    public enum Event: Sendable {
        /// The client waits for 100 before it sends its content (RFC 9110 §10.1.1).
        case continueAwaited
        /// A request, whole.
        case request(RequestHead, content: [UInt8])
    }

    /// Room that is made for content before any of it has come, in bytes.
    private static let maxReservedBytes: UInt64 = 1 << 16

    private var parser: RequestParser
    /// Of the request that is being read.
    public private(set) var head: RequestHead?
    private var content: [UInt8] = []

    /// Makes a reader for a new connection.
    ///
    /// - Parameter limits: What a request may cost.
    public init(limits: Limits = Limits()) {
        parser = RequestParser(limits: limits)
    }

    /// Where the parser stands.
    public var phase: RequestParser.Phase { parser.phase }

    /// Reads on from `input[offset]`, up to the next event.
    ///
    /// - Parameters:
    ///   - input: What has arrived. It is not kept.
    ///   - offset: Where to begin; moved past what was used.
    /// - Returns: What has come; `nil` when `input` has run out before.
    /// - Throws: What no later byte can mend, from then on at every call.
    public mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> Event? {
        while let part = try parser.next(input, from: &offset) {
            switch part {
            case .head(let head):
                begin(head)
                if head.expectsContinue { return .continueAwaited }
            case .body(let range):
                content.append(copying: input.extracting(range))
            case .end:
                if let request = take() { return request }
            }
        }
        return nil
    }

    private mutating func begin(_ head: RequestHead) {
        self.head = head
        guard case .length(let length) = head.body else { return }
        content.reserveCapacity(Int(min(length, Self.maxReservedBytes)))
    }

    private mutating func take() -> Event? {
        guard let head = head.take() else { return nil }
        var content: [UInt8] = []
        swap(&content, &self.content)
        return .request(head, content: content)
    }
}
