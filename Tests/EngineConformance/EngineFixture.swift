import Log
import Reactor
import Testing

/// An engine under test: fresh, with a clock that the suite sets, and an observer that it reads.
public protocol EngineFixture: AnyObject {
    var engine: any Engine { get }
    var clock: TestClock { get }
    var observed: Observed { get }

    /// Stops the engine, and starts it again on what it has kept.
    func restart() throws

    /// Starts the engine again on what a crash at this moment would leave.
    func crash() throws
}

/// A wall clock that stands still until it is set.
public final class TestClock: Sendable {
    private let moment: Locked<Timestamp>

    /// Begins at 2026-01-15T10:00:00.123Z.
    public init() { moment = Locked(Timestamp(milliseconds: 1_768_471_200_123)) }

    public var now: Timestamp {
        get { moment.withLock { $0 } }
        set { moment.withLock { $0 = newValue } }
    }
}

/// What the observer was given.
public final class Observed: Sendable {
    private let log = Locked<[CommittedBatch]>([])

    public init() {}

    public func take(_ batch: CommittedBatch) { log.withLock { $0.append(batch) } }

    public var batches: [CommittedBatch] { log.withLock { $0 } }
    public var events: [Event] { batches.flatMap(\.events) }
}

/// What a check found wrong.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public var description: String
}

/// One thing that every engine must do.
public struct ConformanceCheck: Sendable, CustomTestStringConvertible {
    public let name: String
    public let run: @Sendable (any EngineFixture) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (any EngineFixture) throws -> Void) {
        self.name = name
        self.run = run
    }

    public var testDescription: String { name }
}

/// The suite that every engine must pass; each check wants a fresh fixture.
public enum EngineConformance {
    public static let checks = transactionChecks + recordChecks + pageChecks + durabilityChecks
}

/// Waits for the one answer that `start` leads to.
public func firstAnswer<Answer: Sendable>(
    _ start: (@escaping @Sendable (Answer) -> Void) -> Void
) -> Answer {
    let answers = WorkQueue<Answer>(capacity: 2)
    start { answers.send($0) }
    guard let answer = answers.receive().first else {
        preconditionFailure("a queue that is not closed gives something")
    }
    return answer
}

extension Engine {
    /// Transacts, and waits for the answer.
    public func transactAndWait<Answer: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>
    ) throws(EngineError) -> Answer {
        try firstAnswer { reply in transact(body, reply: reply) }.get()
    }

    /// Publishes `count` events to a group, each in a transaction of its own.
    @discardableResult
    public func publish(
        _ group: String, count: Int = 1, payload: String = "{}"
    ) throws -> [Appended] {
        let draft = try draft(group, payload: payload)
        return try (0..<count).map { _ in
            try transactAndWait { transaction throws(EngineError) in
                .commit(try transaction.append(draft))
            }
        }
    }

    /// Publishes an event to each group, in their order and in one transaction.
    @discardableResult
    public func publishTogether(_ groups: [String]) throws -> [Appended] {
        let drafts = try groups.map { try draft($0) }
        return try transactAndWait { transaction throws(EngineError) in
            var places: [Appended] = []
            for draft in drafts { places.append(try transaction.append(draft)) }
            return .commit(places)
        }
    }

    /// Reads, and waits for the answer.
    public func readAndWait<Answer: Sendable>(
        _ body: @escaping @Sendable (any Snapshot) throws(EngineError) -> Answer
    ) throws(EngineError) -> Answer {
        try firstAnswer { reply in read(body, reply: reply) }.get()
    }

    /// Reads one page, and waits for it.
    public func pageAndWait(
        _ start: PageQuery.Start, _ patterns: [String], maxEvents: Int = 1000,
        maxBytes: Int = 1 << 20
    ) throws -> Page {
        let query = PageQuery(
            start: start, patterns: try patterns.map { try GroupPattern($0) },
            maxEvents: maxEvents, maxBytes: maxBytes)
        return try firstAnswer { reply in page(query, reply: reply) }.get()
    }
}

/// A draft of type `t` whose payload stands under `data`.
public func draft(_ group: String, payload: String = "{}") throws -> EventDraft {
    guard let type = EventType("t") else { throw ConformanceFailure(description: "no type") }
    return EventDraft(
        group: try Group(group), type: type, payloadName: "data", payload: Array(payload.utf8))
}

/// Holds two values against each other.
func equal<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String = "") throws {
    guard found != wanted else { return }
    throw ConformanceFailure(description: "\(what): found \(found), wanted \(wanted)")
}
