import Log

/// A run of events of one group on its way to everybody: encoded once for each encoding.
struct FanOut {
    /// A run is cut into pieces of about so many bytes, so that a full queue is noticed in time.
    static let maxPieceBytes = 64 << 10

    private let events: ArraySlice<Event>
    private let through: UInt64
    /// Nearly always one or two: a search beats a dictionary.
    private var encoded: [(encoder: Encoder, bytes: [UInt8])] = []

    init(_ events: ArraySlice<Event>) {
        self.events = events
        through = events.last?.position ?? 0
    }

    mutating func deliver(to consumer: Consumer) {
        if let encoder = consumer.encoder {
            consumer.deliver(encoded: bytes(of: encoder), through: through)
        } else {
            consumer.deliver(events, through: through)
        }
    }

    private mutating func bytes(of encoder: Encoder) -> [UInt8] {
        for entry in encoded where entry.encoder === encoder { return entry.bytes }
        let bytes = encoder.encode(events)
        encoded.append((encoder, bytes))
        return bytes
    }
}
