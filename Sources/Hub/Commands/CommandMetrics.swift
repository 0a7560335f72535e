import Bytes
import JSON
import Log

/// What was counted of the commands of one day, in UTC (seed 000's metrics).
struct CommandDay: Equatable {
    var requests: UInt64 = 0
    var succeeded: UInt64 = 0
    var failed: UInt64 = 0
    /// How many were replied to, and how long that took altogether.
    var replies: UInt64 = 0
    var milliseconds: UInt64 = 0

    /// What happened to a command.
    enum Count {
        case requested, succeeded, failed
    }

    static let days = Collection(rawValue: "command_days")
    /// How often each command was asked for, under `<day>:<name>`.
    static let uses = Collection(rawValue: "command_uses")
    /// How long a day's figures are kept.
    static let age = Duration.seconds(35 * 86_400)
    /// How many of the most used commands are listed.
    static let maxMostUsed = 10

    /// The day of a moment: `2026-01-15`.
    static func name(_ moment: Timestamp) -> String { String(moment.rfc3339.prefix(10)) }

    init() {}

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let numbers = record.split(separator: ASCII.space).compactMap { parseDecimal($0) }
        guard numbers.count == 5 else { throw .corrupt("a day of commands cannot be read") }
        (requests, succeeded, failed) = (numbers[0], numbers[1], numbers[2])
        (replies, milliseconds) = (numbers[3], numbers[4])
    }

    var record: [UInt8] {
        Array("\(requests) \(succeeded) \(failed) \(replies) \(milliseconds)".utf8)
    }

    /// The mean time to a reply, in milliseconds with one digit behind the point.
    var meanMilliseconds: Double {
        guard replies > 0 else { return 0 }
        return Double(milliseconds * 10 / replies) / 10
    }

    /// The figures in seed 000's shape.
    ///
    /// - Parameters:
    ///   - day: Which day they are of.
    ///   - uses: How often each command was asked for, in any order.
    /// - Returns: A JSON object.
    func json(of day: String, uses: [(name: String, count: UInt64)]) -> [UInt8] {
        let sorted = uses.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
        var json = Writer()
        json.object { json in
            json.member("date", day)
            json.member("total_requests_today", requests)
            json.member("successful_commands", succeeded)
            json.member("failed_commands", failed)
            json.member("average_response_time", meanMilliseconds)
            json.member("most_used_commands") { json in
                json.array { json in
                    for use in sorted.prefix(Self.maxMostUsed) {
                        json.object { json in
                            json.member("command", use.name)
                            json.member("count", use.count)
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}

extension Snapshot {
    func commandDay(_ day: String) throws(EngineError) -> CommandDay {
        guard let record = try record(CommandDay.days, day) else { return CommandDay() }
        return try CommandDay(record: record)
    }

    /// How often each command was asked for on a day.
    func commandUses(_ day: String) throws(EngineError) -> [(name: String, count: UInt64)] {
        // Commands may have been deleted since, and others registered.
        let records = try records(
            CommandDay.uses, prefix: "\(day):", limit: Command.maxCount * 10)
        return records.map { record in
            (String(record.key.dropFirst(day.count + 1)), parseDecimal(record.value) ?? 0)
        }
    }
}

extension Transaction {
    /// Counts what happened to a command, today.
    ///
    /// - Parameters:
    ///   - command: Its name; `nil` where there is no such command.
    ///   - event: What happened.
    ///   - duration: How long its reply took; `nil` where none came.
    /// - Throws: What the engine says; the transaction is then undone.
    func count(
        _ command: String?, _ event: CommandDay.Count, _ duration: Duration? = nil
    ) throws(EngineError) {
        let name = CommandDay.name(now)
        var day = try commandDay(name)
        switch event {
        case .requested: day.requests += 1
        case .succeeded: day.succeeded += 1
        case .failed: day.failed += 1
        }
        if let duration {
            day.replies += 1
            day.milliseconds += UInt64(clamping: duration.wholeMilliseconds)
        }
        try put(CommandDay.days, name, day.record, expires: now + CommandDay.age)
        guard case .requested = event, let command else { return }
        let key = "\(name):\(command)"
        let uses = try record(CommandDay.uses, key).flatMap { parseDecimal($0) } ?? 0
        try put(
            CommandDay.uses, key, Array(String(uses + 1).utf8), expires: now + CommandDay.age)
    }
}
