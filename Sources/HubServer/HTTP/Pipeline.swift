import HTTP1
import Hub
import Reactor

/// The requests of one connection that are not answered yet, oldest first (RFC 9112 §9.3.2).
///
/// Answers may come in any order; they are handed out in that of the requests.
struct Pipeline {
    private struct Entry {
        var exchange: Exchange
        var instance: String
        var since: EventLoop.Instant
        /// What its answer says beside what it is.
        var fields: Fields
        var response: Response?
        /// For the audit log; `nil` for a hub without one.
        var asked: AuditTrail.Asked?
    }

    /// An answer whose turn it is.
    struct Answer {
        var exchange: Exchange
        var response: Response
        /// When the request was whole.
        var since: EventLoop.Instant
        /// For the audit log.
        var asked: AuditTrail.Asked?
    }

    /// Those before `first` were answered; they go once all are.
    private var entries: [Entry] = []
    private var first = 0
    /// The number of `entries[0]`.
    private var firstNumber: UInt64 = 0

    var isEmpty: Bool { first == entries.count }
    /// Whether there was never a request.
    var isUnused: Bool { firstNumber == 0 && entries.isEmpty }
    var count: Int { entries.count - first }

    /// Takes a request that was begun.
    ///
    /// - Parameters:
    ///   - exchange: What its answer depends on.
    ///   - instance: Its path, for a problem to name.
    ///   - now: When it was whole.
    ///   - fields: What its answer says beside what it is.
    ///   - asked: What the audit log is told of it.
    /// - Returns: Its number, by which it is answered.
    mutating func append(
        _ exchange: Exchange, instance: String, now: EventLoop.Instant, fields: Fields = [:],
        asked: AuditTrail.Asked? = nil
    ) -> UInt64 {
        entries.append(
            Entry(
                exchange: exchange, instance: instance, since: now, fields: fields, asked: asked))
        return firstNumber + UInt64(entries.count - 1)
    }

    /// The path of a request that waits; `nil` where none has that number.
    func instance(of number: UInt64) -> String? {
        index(of: number).map { entries[$0].instance }
    }

    /// What the answer to a request says beside what it is.
    func fields(of number: UInt64) -> Fields { index(of: number).map { entries[$0].fields } ?? [:] }

    /// Takes the answer to a request; nothing happens where none has that number.
    mutating func complete(_ number: UInt64, _ response: Response) {
        guard let index = index(of: number) else { return }
        entries[index].response = response
        if entries[index].fields.isEmpty { return }  // nearly always: no page of another origin
        for (name, value) in entries[index].fields {
            entries[index].response?.fields.append(name, value)
        }
    }

    /// Hands out the next answer whose turn it is; `nil` where none is there.
    mutating func takeAnswer() -> Answer? {
        guard first < entries.count, let response = entries[first].response else { return nil }
        entries[first].response = nil
        let answer = Answer(
            exchange: entries[first].exchange, response: response, since: entries[first].since,
            asked: entries[first].asked)
        first += 1
        if first == entries.count || first == HTTPConversation.maxPipelined {
            entries.removeFirst(first)
            firstNumber += UInt64(first)
            first = 0
        }
        return answer
    }

    /// Makes the connection close after the last answer, and after none before it.
    mutating func closeAfterLast() {
        if let last = entries.indices.last { entries[last].exchange.keepAlive = false }
    }

    /// What the audit log has not been told of, and since when.
    var unanswered: [(asked: AuditTrail.Asked, since: EventLoop.Instant)] {
        entries[first...].compactMap { entry in entry.asked.map { ($0, entry.since) } }
    }

    /// Forgets all: the connection speaks something else now.
    mutating func removeAll() {
        entries = []
        first = 0
    }

    private func index(of number: UInt64) -> Int? {
        guard number >= firstNumber + UInt64(first),
            number - firstNumber < UInt64(entries.count)
        else { return nil }
        return Int(number - firstNumber)
    }
}
