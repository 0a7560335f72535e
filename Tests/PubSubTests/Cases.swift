import Log
import PubSub
import Testing

/// A pattern of the tests' own; an ill-formed one fails them all.
func pattern(_ text: String) -> GroupPattern {
    guard let pattern = try? GroupPattern(text) else { preconditionFailure("not a pattern") }
    return pattern
}

func event(_ position: UInt64, in group: String = "a") -> Event {
    guard let group = try? Group(group) else { preconditionFailure("not a group") }
    return Event(
        position: position, seq: position, group: group, at: Timestamp(milliseconds: 0),
        json: Array("{\"type\":\"t\"}".utf8))
}

func batch(_ positions: [UInt64]) -> CommittedBatch {
    CommittedBatch(events: positions.map { event($0) }, through: positions.last ?? 0)
}

func page(
    _ after: UInt64, _ through: UInt64, head: UInt64, events: [UInt64] = []
) -> Page {
    Page(
        events: events.map { event($0) }, gaps: [], after: after, through: through, head: head)
}

/// The actions in a form that a table can hold.
func names(_ actions: [Subscription.Action]) -> [String] {
    actions.map { action in
        switch action {
        case .announce(let verdict, let position): "announce \(verdict) \(position)"
        case .sendGap(let gap): "gap \(gap.lostAtMost)"
        case .deliver(let events, let through):
            "deliver \(events.map { String($0.position) }.joined(separator: ",")) through \(through)"
        case .sendBookmark(let position): "bookmark \(position)"
        case .sendCaughtUp(let position): "caughtUp \(position)"
        case .read(let query):
            "read \(query.start)".replacing("(", with: " ").replacing(")", with: "")
        case .awaitDrain: "awaitDrain"
        case .join: "join"
        }
    }
}
