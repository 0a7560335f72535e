import Hub
import Log
import Reactor

/// A survey on its way over one loop's consumers: some in each turn.
struct SurveyWalk: Sendable {
    let question: Survey.Question
    let gathering: SurveyGathering
    /// The slot to go on with; `nil` where this loop is not asked.
    var slot: Int?
    var tally = Tally()

    /// The most connections that a loop looks at in a turn: less than a millisecond of it, where
    /// each is told of.
    static let maxPerTurn = 256
    /// The most surveys that are under way on all loops; past it they are refused.
    static let maxUnderWay = 64
}

/// Gathers what all loops say, in their order; the last to say so goes on.
final class SurveyGathering: Sendable {
    private struct State {
        var left: Int
        var tallies: [Tally]
    }

    private let state: Locked<State>
    private let finish: @Sendable (Tally) -> Void

    /// Waits for so many loops.
    init(loops: Int, finish: @escaping @Sendable (Tally) -> Void) {
        state = Locked(State(left: loops, tallies: Array(repeating: Tally(), count: loops)))
        self.finish = finish
    }

    /// Takes what one loop says; called once by each, on its thread.
    func add(_ tally: Tally, of loop: Int) {
        let whole = state.withLock { state -> [Tally]? in
            state.left -= 1
            state.tallies[loop] = tally
            return state.left == 0 ? state.tallies : nil
        }
        guard let whole else { return }
        finish(whole.reduce(into: Tally()) { $0.merge($1) })
    }
}

extension Worker {
    /// Asks the log and all loops, and answers a request with what comes of it.
    func take(_ survey: Survey, for token: Registration, _ number: UInt64) {
        let (mailbox, shared) = (mailbox, shared)
        let answer: @Sendable (Result<Reaction.Answer, EngineError>) -> Void = { answer in
            shared.surveys.wrappingSubtract(1, ordering: .relaxed)
            mailbox.send(.answer(token, number, answer))
        }
        let underWay = shared.surveys.wrappingAdd(1, ordering: .relaxed).newValue
        guard underWay <= SurveyWalk.maxUnderWay else { return answer(.failure(.overloaded)) }
        var place: ConnectionName?
        if let after = survey.after {
            guard let name = ConnectionName(after) else {
                return answer(.success(.failure(.notAConnection(after))))
            }
            place = name
        }
        SurveyReading(survey.subject, shared: shared).start { [place] found in
            switch found.map(survey.begin) {
            case .failure(let error): answer(.failure(error))
            case .success(.failure(let problem)): answer(.success(.failure(problem)))
            case .success(.success(let question)):
                shared.ask(question, after: place) { answer(.success($0)) }
            }
        }
    }

    /// Looks at this loop's consumers for a survey, after those that have come before it.
    func begin(_ walk: SurveyWalk) {
        surveys.append(walk)
        if surveys.count == 1 { walkOn() }
    }

    /// Looks at some more consumers for the survey that came first.
    func walkOn() {
        guard var walk = surveys.first else { return }
        walk.slot = walk.slot.flatMap { slot in
            let count = max(1, SurveyWalk.maxPerTurn / walk.question.weight)
            return loop.visitHandlers(from: slot, atMost: count) { handler in
                (handler as? Connection)?.look(&walk)
            }
        }
        if walk.slot != nil {
            surveys[0] = walk
        } else {
            surveys.removeFirst()
            walk.tally.departed = departures.all
            walk.gathering.add(walk.tally, of: index)
        }
        if !surveys.isEmpty { mailbox.send(.surveyOn) }
    }
}

extension Connection {
    /// Has its consumer counted, where it has one.
    fileprivate func look(_ walk: inout SurveyWalk) {
        guard let consumer, let transport = conversation?.transport else { return }
        let hearing = hearing(of: consumer)
        walk.question.look(&walk.tally, hearing) { report(hearing, over: transport) }
    }
}

extension Shared {
    /// Asks all loops about their consumers; those before a connection are passed over.
    fileprivate func ask(
        _ question: Survey.Question, after place: ConnectionName?,
        answer: @escaping @Sendable (Reaction.Answer) -> Void
    ) {
        let gathering = SurveyGathering(loops: loopCount) { answer(question.respond($0)) }
        for loop in 0..<loopCount {
            let slot: Int? =
                switch place {
                case let place? where loop < place.loop: nil
                case let place? where loop == place.loop: place.registration.slot + 1
                default: 0
                }
            tell(loop, .survey(SurveyWalk(question: question, gathering: gathering, slot: slot)))
        }
    }
}

extension Problem {
    fileprivate static func notAConnection(_ text: String) -> Problem {
        Problem(.invalidParameter, "after: \"\(text.prefix(64))\" is the next of no page")
    }
}
