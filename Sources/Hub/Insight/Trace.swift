import JSON
import Log

/// Who got an event, who did not, and why, as far as this run of the hub knows.
struct Trace {
    /// What became of the event for one consumer.
    enum Verdict: String, CaseIterable {
        /// Its peer's system has taken it, or everything up to it.
        case delivered
        /// It is on its way.
        case lagging
        /// It listens to other groups, or has begun behind it.
        case filtered
        /// It asked for the group, and may not hear it.
        case forbidden
        /// It has left before, or has not come: it gets the event when it resumes.
        case notConnected = "not_connected"
    }

    /// A verdict, and the reason for people.
    struct Judgement {
        var verdict: Verdict
        var why: String
    }

    private let event: Event
    private let epoch: Epoch
    /// The most consumers that are told of; the counts are of all.
    private let limit: Int
    /// Who has credentials, and may hear the group.
    private let mayHear: Set<String>

    /// Begins a trace.
    ///
    /// - Parameters:
    ///   - event: The event that is asked about.
    ///   - epoch: Of the log.
    ///   - principals: Who has credentials.
    ///   - limit: The most consumers that are told of.
    init(of event: Event, epoch: Epoch, principals: [Principal], limit: Int) {
        self.event = event
        self.epoch = epoch
        self.limit = limit
        mayHear = Set(principals.lazy.filter { $0.may(.subscribe, event.group) }.map(\.name))
    }

    /// Looks at one who is connected.
    func look(
        _ tally: inout Tally, _ hearing: Hearing, _ report: () -> ConnectionReport
    ) {
        let judgement = judge(hearing)
        tally.count(judgement.verdict.rawValue)
        if mayHear.contains(hearing.principal) { tally.seen.insert(hearing.principal) }
        if tally.rows.count <= limit { tally.rows.append(row(report(), judgement)) }
    }

    func judge(_ hearing: Hearing) -> Judgement {
        let matching = hearing.interests.filter { $0.pattern.matches(event.group) }
        guard let first = matching.min(by: { $0.start < $1.start }) else {
            guard let refused = hearing.refused.first(where: { $0.matches(event.group) }) else {
                return Judgement(verdict: .filtered, why: "listens to other groups")
            }
            return Judgement(verdict: .forbidden, why: "asked for \(refused.text)")
        }
        guard first.start < event.position else {
            let begun = Cursor(epoch: epoch, position: first.start).text
            return Judgement(verdict: .filtered, why: "began behind it, after \(begun)")
        }
        let wanted = matching.filter { $0.start < event.position }
        if wanted.contains(where: { $0.reached >= event.position }) {
            return Judgement(verdict: .delivered, why: "through \(first.pattern.text)")
        }
        let reached = wanted.map { max($0.reached, $0.start) }.max() ?? 0
        let place = Cursor(epoch: epoch, position: reached).text
        return Judgement(verdict: .lagging, why: "stands at \(place)")
    }

    /// Of those who left, only who listened to the group is worth a line.
    private func judge(departed report: ConnectionReport) -> Judgement? {
        let judgement = judge(report.hearing)
        switch judgement.verdict {
        case .filtered, .forbidden: return nil
        case .delivered: return judgement
        case .lagging, .notConnected:
            let end = report.ended?.rfc3339 ?? "an unknown time"
            return Judgement(verdict: .notConnected, why: "left at \(end); \(judgement.why)")
        }
    }

    /// The trace as JSON, of what all loops have said.
    func json(_ connected: Tally) -> [UInt8] {
        var tally = connected
        for report in connected.departed {
            if mayHear.contains(report.hearing.principal) {
                tally.seen.insert(report.hearing.principal)
            }
            guard let judgement = judge(departed: report) else { continue }
            tally.count(judgement.verdict.rawValue)
            tally.rows.append(row(report, judgement))
        }
        for principal in mayHear.subtracting(tally.seen).sorted() {
            tally.count(Verdict.notConnected.rawValue)
            tally.rows.append(absent(principal))
        }
        var json = Writer(capacity: 1024 + event.json.count)
        json.object { json in
            json.member("event", raw: event.json)
            json.member("summary") { json in
                json.object { json in
                    for verdict in Verdict.allCases {
                        json.member(verdict.rawValue, tally.counted(verdict.rawValue))
                    }
                }
            }
            json.member("consumers") { json in
                json.array { json in for row in tally.rows.prefix(limit) { json.raw(row.json) } }
            }
            json.member("more", tally.rows.count > limit)
        }
        return json.bytes
    }

    private func row(_ report: ConnectionReport, _ judgement: Judgement) -> Tally.Row {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("connection", report.id)
            json.member("principal", report.hearing.principal)
            json.member("address", report.address)
            json.member("transport", report.transport.rawValue)
            json.member("verdict", judgement.verdict.rawValue)
            json.member("why", judgement.why)
        }
        return Tally.Row(id: report.id, json: json.bytes)
    }

    /// Somebody who may hear the group, and is not here.
    private func absent(_ principal: String) -> Tally.Row {
        var json = Writer()
        json.object { json in
            json.member("principal", principal)
            json.member("verdict", Verdict.notConnected.rawValue)
            json.member("why", "may hear the group, and was not connected")
        }
        return Tally.Row(id: "", json: json.bytes)
    }
}
