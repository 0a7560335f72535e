import Hub
import Log
import PerMessageDeflate
import WebSocket

/// A run of events of one group on its way to everybody: encoded once for each encoding.
struct FanOut {
    /// A run is cut into pieces of about so many bytes, so that a full queue is noticed in time.
    static let maxPieceBytes = 64 << 10

    private let events: ArraySlice<Event>
    private let epoch: Epoch
    private let through: UInt64
    /// Nearly always one or two: a search beats a dictionary.
    private var encoded: [(encoding: Encoding, bytes: [UInt8])] = []

    init(_ events: ArraySlice<Event>, epoch: Epoch) {
        self.events = events
        self.epoch = epoch
        through = events.last?.position ?? 0
    }

    mutating func deliver(to consumer: Consumer, _ deflates: DeflatePool) {
        guard let encoding = consumer.encoding else {
            return consumer.deliver(events, through: through)
        }
        consumer.deliver(encoded: bytes(in: encoding, deflates), through: through)
    }

    private mutating func bytes(in encoding: Encoding, _ deflates: DeflatePool) -> [UInt8] {
        for entry in encoded where entry.encoding == encoding { return entry.bytes }
        var deflater: Deflater?
        if case .deflatedFrames(let parameters) = encoding {
            deflater = deflates.deflater(parameters, for: .server)
        }
        let bytes = Encoder(encoding, epoch: epoch, deflater: deflater).encode(events)
        encoded.append((encoding, bytes))
        return bytes
    }
}
