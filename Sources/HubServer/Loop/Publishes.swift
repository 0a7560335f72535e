import Hub
import Log
import Reactor

/// Events of one turn that were published by requests, and go to the engine as one transaction.
///
/// Nothing but a failure of the whole commit can refuse one of them, so that they share an
/// answer as well: one closure, one place in each queue and one message for all.
struct Publishes: Sendable {
    /// The most events of one transaction: a commit takes several, bounded by its bytes.
    static let maxCount = 256
    /// Room for those of a usual turn.
    private static let usualCount = 16
    /// The most bytes of payload of one transaction, past which it takes no other event.
    static let maxBytes = 1 << 20

    /// Who is answered.
    struct Asker: Sendable {
        var connection: Registration
        var number: UInt64
    }

    private(set) var askers: [Asker] = []
    private(set) var drafts: [EventDraft] = []
    private(set) var bytes = 0

    var isEmpty: Bool { drafts.isEmpty }
    var count: Int { drafts.count }
    var isFull: Bool { count >= Self.maxCount || bytes >= Self.maxBytes }

    mutating func append(_ draft: EventDraft, for asker: Asker) {
        if drafts.isEmpty {  // a client that does not wait for each answer has some under way
            askers.reserveCapacity(Self.usualCount)
            drafts.reserveCapacity(Self.usualCount)
        }
        askers.append(asker)
        drafts.append(draft)
        bytes += draft.payload.count
    }

    /// Appends all events, in their order.
    @Sendable func perform(
        _ transaction: any Transaction
    ) throws(EngineError) -> Outcome<[Appended]> {
        var places: [Appended] = []
        places.reserveCapacity(drafts.count)
        for draft in drafts { places.append(try transaction.append(draft)) }
        return .commit(places)
    }
}

extension Worker {
    /// Publishes an event at the end of the turn, with all others of the turn; or answers that
    /// too many wait.
    func publish(_ draft: EventDraft, for connection: Registration, _ number: UInt64) {
        guard shared.writeBudget.admit(draft.payload.count) else {
            return receive(.answer(connection, number, .failure(.overloaded)))
        }
        publishes.append(draft, for: Publishes.Asker(connection: connection, number: number))
        if publishes.isFull { sealPublishes() }
    }

    /// Puts what was published behind the writes of this turn, so that another can follow it.
    func sealPublishes() {
        guard !publishes.isEmpty else { return }
        var sealed = Publishes()
        swap(&sealed, &publishes)
        let (publishes, engine, budget, mailbox) = (sealed, engine, shared.writeBudget, mailbox)
        writes.append {
            engine.transact(publishes.perform) { result in
                budget.release(publishes.bytes, writes: publishes.count)
                mailbox.send(.placed(publishes, result))
            }
        }
    }

    /// Answers those who have published, connection by connection.
    func placed(_ publishes: Publishes, _ result: Result<[Appended], EngineError>) {
        let askers = publishes.askers
        var start = 0
        while start < askers.count {
            var end = start + 1
            while end < askers.count, askers[end].connection == askers[start].connection {
                end += 1
            }
            connection(askers[start].connection)?.http?.placed(publishes, start..<end, result)
            start = end
        }
    }
}
