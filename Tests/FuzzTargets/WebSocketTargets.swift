import PerMessageDeflate
import WebSocket

extension FuzzTarget {
    /// Frames from a peer are read alike however they are cut, with and without compression.
    ///
    /// The first byte says which side reads and what was agreed on.
    static let webSocketFrames = FuzzTarget(name: "websocket-frames") { input throws(Finding) in
        guard let options = input.first else { return }
        let role: Role = options & 1 == 0 ? .server : .client
        let direction = DeflateParameters.Direction(noContextTakeover: options & 4 != 0)
        let agreed = DeflateParameters(server: direction, client: direction)
        let limits = MessageReader.Limits(maxFrameBytes: 300, maxMessageBytes: 500)
        try sameHoweverCut(Array(input.dropFirst()), "frames") { pieces throws(Finding) in
            let pool = DeflatePool()
            let inflater = options & 2 == 0 ? nil : pool.inflater(agreed, for: role)
            return try read(
                pieces, with: MessageReader(role: role, limits: limits, inflater: inflater))
        }
    }

    /// Messages that we write we read, masked or not, compressed or not, however they are cut.
    ///
    /// The first two bytes choose; the rest is the messages, parted by 0xFF.
    static let webSocketMessages = FuzzTarget(name: "websocket-messages") {
        input throws(Finding) in
        guard input.count >= 2 else { return }
        let choice = MessageChoice(input[0], input[1])
        let messages = input.dropFirst(2).split(separator: 0xFF).map(Array.init)
        let output = choice.write(messages)
        let expected = messages.map { message in
            String(validating: message, as: UTF8.self) == nil
                ? "binary \(message)" : "text \(message)"
        }
        let answer = try sameHoweverCut(output, "our frames") { pieces throws(Finding) in
            let inflater =
                choice.isCompressed
                ? DeflatePool().inflater(choice.parameters, for: choice.sender.peer) : nil
            let limits = MessageReader.Limits(
                maxFrameBytes: output.count, maxMessageBytes: input.count)
            return try read(
                pieces,
                with: MessageReader(role: choice.sender.peer, limits: limits, inflater: inflater))
        }
        try same(answer, expected, "what we write we read")
    }

    /// Compressed bytes inflate to the same however they are cut, and never past the limit.
    ///
    /// With a window of 2^8 bytes only the limit is held: whether zlib refuses a distance past
    /// the window depends on where its output is cut.
    static let inflate = FuzzTarget(name: "inflate") { input throws(Finding) in
        for keepsNoContext in [false, true] {
            let wide = DeflateParameters(server: .init(noContextTakeover: keepsNoContext))
            try sameHoweverCut(input, "deflate data") { pieces throws(Finding) in
                [try inflated(pieces, by: DeflatePool().inflater(wide, for: .client), limit: 1000)]
            }
        }
        let narrow = DeflateParameters(server: .init(maxWindowBits: 8))
        for split in [[input.indices]] + splits(of: input) {
            let pieces = split.map { Array(input[$0]) }
            _ = try inflated(pieces, by: DeflatePool().inflater(narrow, for: .client), limit: 1000)
        }
    }

    private static func inflated(
        _ pieces: [[UInt8]], by inflater: Inflater, limit: Int
    ) throws(Finding) -> String {
        var message: [UInt8] = []
        let result = Result { () throws(ProtocolViolation) in
            for piece in pieces {
                try inflater.inflate(piece.span, into: &message, limit: limit)
            }
            try inflater.finishMessage(into: &message, limit: limit)
        }
        switch result {
        case .success:
            try hold(message.count <= limit, "no more than the limit is kept: \(message.count)")
            return "\(message)"
        case .failure(let violation):
            try hold(
                violation == .invalidDeflate || violation == .messageTooBig, "\(violation)")
            return "\(violation)"
        }
    }
}

private func read(
    _ pieces: [[UInt8]], with reader: MessageReader
) throws(Finding) -> [String] {
    var reader = reader
    var entries: [String] = []
    for piece in pieces {
        var offset = 0
        var isWaiting = false
        while !isWaiting {
            let result = Result { () throws(ProtocolViolation) in
                try reader.next(piece.span, from: &offset)
            }
            switch result {
            case .success(let incoming?): entries.append(try describe(incoming))
            case .success(nil):
                try same(offset, piece.count, "all is read before more is asked for")
                isWaiting = true
            case .failure(let violation):
                try hold(violation.closeCode.isSendable, "\(violation) can be said")
                try hold(violation.reason.utf8.count <= 123, "\(violation) fits a Close")
                return entries + ["\(violation)"]
            }
        }
    }
    return entries
}

private func describe(_ incoming: Incoming) throws(Finding) -> String {
    switch incoming {
    case .text(let bytes):
        try hold(String(validating: bytes, as: UTF8.self) != nil, "text is UTF-8")
        return "text \(bytes)"
    case .binary(let bytes): return "binary \(bytes)"
    case .ping(let bytes):
        try hold(bytes.count <= 125, "a Ping fits a control frame")
        return "ping \(bytes)"
    case .pong(let bytes): return "pong \(bytes)"
    case .close(let code, let reason):
        try hold(code?.isSendable ?? true, "a code that was sent can be")
        return "close \(code?.rawValue ?? 0) \(reason)"
    }
}

/// How messages are written, as two bytes choose it.
private struct MessageChoice {
    let sender: Role
    let isCompressed: Bool
    let fragmentBytes: Int
    let parameters: DeflateParameters

    init(_ first: UInt8, _ second: UInt8) {
        sender = first & 1 == 0 ? .server : .client
        isCompressed = first & 2 != 0
        fragmentBytes = first & 4 == 0 ? .max : Int(first >> 4) + 1
        let direction = DeflateParameters.Direction(
            noContextTakeover: first & 8 != 0, maxWindowBits: 8 + Int(second % 8))
        parameters = DeflateParameters(server: direction, client: direction)
    }

    func write(_ messages: [[UInt8]]) -> [UInt8] {
        let deflater = DeflatePool().deflater(parameters, for: sender)
        var output: [UInt8] = []
        for (index, message) in messages.enumerated() {
            let isText = String(validating: message, as: UTF8.self) != nil
            var payload = message
            if isCompressed {
                payload = []
                deflater.deflate(message.span, into: &payload)
            }
            let key = MaskingKey(rawValue: UInt32(truncatingIfNeeded: index &* 0x9E37_79B9))
            append(payload, isText ? .text : .binary, sender == .client ? key : nil, to: &output)
        }
        return output
    }

    /// One message in fragments.
    private func append(
        _ payload: [UInt8], _ opcode: Opcode, _ key: MaskingKey?, to output: inout [UInt8]
    ) {
        var start = 0
        repeat {
            let count = min(fragmentBytes, payload.count - start)
            FrameWriter.append(
                start == 0 ? opcode : .continuation, Array(payload[start..<start + count]),
                isFinal: start + count == payload.count,
                isCompressed: isCompressed && start == 0, maskingKey: key, to: &output)
            start += count
        } while start < payload.count
    }
}
