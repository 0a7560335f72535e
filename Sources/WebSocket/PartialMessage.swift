/// A data message of which not all fragments are here (RFC 6455 §5.4).
struct PartialMessage {
    let isText: Bool
    let isCompressed: Bool
    /// What has come of it: unmasked, inflated, and UTF-8 so far if it is text.
    private(set) var bytes: [UInt8] = []
    private var utf8 = UTF8Stream()

    init(isText: Bool, isCompressed: Bool) {
        self.isText = isText
        self.isCompressed = isCompressed
    }

    /// Refuses a frame that would make the message too long, before any of it is kept.
    ///
    /// A compressed one is measured as it inflates. Nothing is set aside for what was only
    /// announced.
    func checkRoom(for frameBytes: Int, limit: Int) throws(ProtocolViolation) {
        guard isCompressed || frameBytes <= limit - bytes.count else { throw .messageTooBig }
    }

    /// Takes the next bytes of the payload.
    mutating func append(
        _ piece: Span<UInt8>, masked key: MaskingKey?, inflater: (any MessageInflater)?, limit: Int
    ) throws(ProtocolViolation) {
        let checked = bytes.count
        if isCompressed, let inflater {
            var compressed: [UInt8] = []
            compressed.append(piece, masked: key)
            do throws(ProtocolViolation) {
                try inflater.inflate(compressed.span, into: &bytes, limit: limit)
            } catch {
                // What came before the fault is judged first, as it is where it came alone.
                try checkText(from: checked)
                throw error
            }
        } else {
            bytes.append(piece, masked: key)
        }
        try checkText(from: checked)
    }

    /// Ends the message; `bytes` are whole now.
    mutating func finish(
        inflater: (any MessageInflater)?, limit: Int
    ) throws(ProtocolViolation) {
        if isCompressed, let inflater {
            let checked = bytes.count
            try inflater.finishMessage(into: &bytes, limit: limit)
            try checkText(from: checked)
        }
        guard utf8.isComplete else { throw .invalidUTF8 }
    }

    /// §8.1: a text message that is not UTF-8 fails the connection, as soon as that is known.
    private mutating func checkText(from start: Int) throws(ProtocolViolation) {
        guard isText, start < bytes.count else { return }
        var text = utf8
        guard text.accept(bytes.span.extracting(start...)) else { throw .invalidUTF8 }
        utf8 = text
    }
}
