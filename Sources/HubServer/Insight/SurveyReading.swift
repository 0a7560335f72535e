import Hub
import Log

/// What of the log a survey asks for, before the loops are asked.
struct SurveyReading: Sendable {
    private let subject: Survey.Subject
    private let shared: Shared

    /// The hub's own groups are no part of `**`.
    private static let everything = [
        GroupPattern(literal: "**"), GroupPattern(literal: "$sys:**"),
    ]

    init(_ subject: Survey.Subject, shared: Shared) {
        self.subject = subject
        self.shared = shared
    }

    /// Reads; what was found is told on any thread.
    func start(then go: @escaping @Sendable (Result<Survey.Found, EngineError>) -> Void) {
        switch subject {
        case .nothing:
            go(.success(found()))
        case .event(let position):
            let query = PageQuery(
                start: .after(position - min(1, position)), patterns: Self.everything, maxEvents: 1,
                maxBytes: 1)
            shared.engine.page(query) { result in
                go(result.map { page in found(event: page.events.first(at: position)) })
            }
        case .groups(let after, let limit):
            shared.engine.read { snapshot throws(EngineError) in
                try snapshot.groups(after: after, limit: limit)
            } reply: { result in
                go(result.map { found(groups: $0) })
            }
        }
    }

    private func found(event: Event? = nil, groups: [GroupSummary] = []) -> Survey.Found {
        Survey.Found(
            principals: shared.gatekeeper.principals, head: shared.engine.status().head,
            event: event, groups: groups)
    }
}

extension [Event] {
    /// The event at a position, where it is the first.
    fileprivate func first(at position: UInt64) -> Event? {
        first.flatMap { $0.position == position ? $0 : nil }
    }
}
