import WebSocket

@testable import PerMessageDeflate

/// What one side compresses and the other decompresses, as agreed on for a server's messages.
struct Link {
    let pool = DeflatePool()
    let parameters: DeflateParameters
    let deflater: Deflater
    let inflater: Inflater

    init(_ server: DeflateParameters.Direction = .init()) {
        parameters = DeflateParameters(server: server)
        deflater = pool.deflater(parameters, for: .server)
        inflater = pool.inflater(parameters, for: .client)
    }

    func deflate(_ message: [UInt8]) -> [UInt8] {
        var payload: [UInt8] = []
        deflater.deflate(message.span, into: &payload)
        return payload
    }

    func inflate(
        _ pieces: [[UInt8]], limit: Int = 1 << 20
    ) throws(ProtocolViolation) -> [UInt8] {
        try inflater.inflateMessage(pieces, limit: limit)
    }
}

extension Inflater {
    func inflateMessage(
        _ pieces: [[UInt8]], limit: Int = 1 << 20
    ) throws(ProtocolViolation) -> [UInt8] {
        var message: [UInt8] = []
        for piece in pieces { try inflate(piece.span, into: &message, limit: limit) }
        try finishMessage(into: &message, limit: limit)
        return message
    }
}

/// Every way to cut `octets` into two pieces, and once byte by byte.
func everySplit(of octets: [UInt8]) -> [[[UInt8]]] {
    (0...octets.count).map { [Array(octets[..<$0]), Array(octets[$0...])] } + [octets.map { [$0] }]
}

/// Text with repetitions near and far, the same in every run.
func sampleText(_ count: Int) -> [UInt8] {
    let words = [
        "tasks", "stock:norte", "notifications", "created", "{\"id\":", "\"title\"", "ñandú",
    ]
    var state: UInt32 = 1
    var text: [UInt8] = []
    while text.count < count {
        state = state &* 1_664_525 &+ 1_013_904_223
        text += Array(words[Int(state >> 16) % words.count].utf8)
        text += Array(String(state >> 24).utf8)
    }
    return Array(text.prefix(count))
}

/// Bytes that nothing makes shorter, the same in every run.
func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 88_172_645_463_325_252
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}
