import Hub
import Log

/// What of the log a survey asks for, once the loops have answered.
struct SurveyReading: Sendable {
    private let survey: Survey
    private let connected: [ConnectionReport]
    private let departed: [ConnectionReport]
    private let shared: Shared

    /// The hub's own groups are no part of `**`.
    private static let everything = [
        GroupPattern(literal: "**"), GroupPattern(literal: "$sys:**"),
    ]

    init(
        _ survey: Survey, connected: [ConnectionReport], departed: [ConnectionReport],
        shared: Shared
    ) {
        self.survey = survey
        self.connected = connected
        self.departed = departed
        self.shared = shared
    }

    /// Reads, and answers; on any thread.
    func start(answer: @escaping @Sendable (Result<Reaction.Answer, EngineError>) -> Void) {
        switch survey.subject {
        case .nothing:
            answer(.success(respond()))
        case .event(let position):
            let query = PageQuery(
                start: .after(position - min(1, position)), patterns: Self.everything, maxEvents: 1,
                maxBytes: 1)
            shared.engine.page(query) { result in
                answer(result.map { page in respond(event: page.events.first(at: position)) })
            }
        case .groups(let after, let limit):
            shared.engine.read { snapshot throws(EngineError) in
                try snapshot.groups(after: after, limit: limit)
            } reply: { result in
                answer(result.map { respond(groups: $0) })
            }
        }
    }

    private func respond(event: Event? = nil, groups: [GroupSummary] = []) -> Reaction.Answer {
        survey.respond(
            Survey.Findings(
                connected: connected, departed: departed, principals: shared.gatekeeper.principals,
                head: shared.engine.status().head, event: event, groups: groups))
    }
}

extension [Event] {
    /// The event at a position, where it is the first.
    fileprivate func first(at position: UInt64) -> Event? {
        first.flatMap { $0.position == position ? $0 : nil }
    }
}
