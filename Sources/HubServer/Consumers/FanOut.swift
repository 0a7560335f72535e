import Log

/// How fan-out reaches a connection: what it has to know of it for each event, in two bytes.
enum Delivery: Equatable {
    /// There is no consumer, or it reads the log.
    case none
    /// The consumer takes the events themselves.
    case collected
    /// The connection is sent what this encoder made for all.
    case encoded(Encoder.ID)
}

/// A run of events of one group on its way to everybody: encoded once for each encoding.
struct FanOut {
    /// A run is cut into pieces of about so many bytes, so that a full queue is noticed in time.
    static let maxPieceBytes = 64 << 10

    private let events: ArraySlice<Event>
    private let through: UInt64
    private let worker: Worker
    /// Nearly always one or two: a search beats a dictionary.
    private var encoded: [(id: Encoder.ID, bytes: [UInt8])] = []

    init(_ events: ArraySlice<Event>, _ worker: Worker) {
        self.events = events
        self.worker = worker
        through = events.last?.position ?? 0
    }

    /// Hands the events to all who are live.
    ///
    /// - Parameters:
    ///   - members: Who is subscribed.
    ///   - isLast: Whether nothing more comes in this turn, so that nothing is gained by waiting
    ///     for its end.
    mutating func deliver(to members: ContiguousArray<Subscriber>, isLast: Bool) {
        var (id, bytes) = (Encoder.ID?.none, [UInt8]())
        var sentBytes = 0
        for member in members {
            member.with { connection in
                switch connection.delivery {
                case .none: return
                case .collected: connection.consumer?.deliver(events, through: through)
                case .encoded(let wanted):
                    if wanted != id { (id, bytes) = (wanted, self.bytes(of: wanted)) }
                    if isLast, let sent = connection.sendNow(events: bytes, through: through) {
                        sentBytes += sent
                    } else {
                        connection.gather(events: bytes, through: through)
                    }
                }
            }
        }
        worker.metrics.bytesSent.add(sentBytes)
    }

    private mutating func bytes(of id: Encoder.ID) -> [UInt8] {
        for entry in encoded where entry.id == id { return entry.bytes }
        let bytes = worker.encoder(id).encode(events)
        encoded.append((id, bytes))
        return bytes
    }
}

extension Worker {
    /// Hands a run of one group's events to all who are live, in pieces of bounded size.
    ///
    /// - Parameters:
    ///   - run: Events of the group, oldest first.
    ///   - group: Whose.
    ///   - isLast: Whether nothing more comes in this turn.
    func deliver(_ run: ArraySlice<Event>, of group: Group, isLast: Bool) {
        let members = table.members(of: group)
        guard !members.isEmpty else { return }
        var rest = run
        while !rest.isEmpty {
            var (end, bytes) = (rest.startIndex, 0)
            while end < rest.endIndex, bytes < FanOut.maxPieceBytes || end == rest.startIndex {
                bytes += rest[end].json.count
                end += 1
            }
            var fanOut = FanOut(rest[..<end], self)
            fanOut.deliver(to: members, isLast: isLast && end == rest.endIndex)
            rest = rest[end...]
        }
        metrics.deliveries.add(members.count * run.count)
    }
}
