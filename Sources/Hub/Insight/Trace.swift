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

    struct Row {
        var report: ConnectionReport
        var verdict: Verdict
        var why: String
    }

    /// Somebody who may hear the group, and is not here.
    struct Absent {
        var principal: String
        var why: String
    }

    let event: Event
    let epoch: Epoch
    private(set) var rows: [Row] = []
    private(set) var absent: [Absent] = []

    /// Puts the consumers in their places.
    ///
    /// - Parameters:
    ///   - event: The event that is asked about.
    ///   - epoch: Of the log.
    ///   - connected: Who is connected now.
    ///   - departed: Who has left, as far as the hub remembers.
    ///   - principals: Who has credentials.
    init(
        of event: Event, epoch: Epoch, connected: [ConnectionReport],
        departed: [ConnectionReport], principals: [Principal]
    ) {
        self.event = event
        self.epoch = epoch
        rows = connected.map(verdict) + departed.compactMap(verdictOfDeparted)
        let seen = Set((connected + departed).map(\.principal))
        absent = principals.filter { $0.may(.subscribe, event.group) && !seen.contains($0.name) }
            .map { Absent(principal: $0.name, why: "may hear the group, and was not connected") }
    }

    private func verdict(_ report: ConnectionReport) -> Row {
        let matching = report.interests.filter { $0.pattern.matches(event.group) }
        guard let first = matching.min(by: { $0.start < $1.start }) else {
            let refused = report.refused.first { $0.matches(event.group) }
            return refused.map {
                Row(report: report, verdict: .forbidden, why: "asked for \($0.text)")
            }
                ?? Row(report: report, verdict: .filtered, why: "listens to other groups")
        }
        guard first.start < event.position else {
            let begun = Cursor(epoch: epoch, position: first.start).text
            return Row(report: report, verdict: .filtered, why: "began behind it, after \(begun)")
        }
        let wanted = matching.filter { $0.start < event.position }
        if wanted.contains(where: { $0.reached >= event.position }) {
            return Row(report: report, verdict: .delivered, why: "through \(first.pattern.text)")
        }
        let reached = wanted.map { max($0.reached, $0.start) }.max() ?? 0
        let place = Cursor(epoch: epoch, position: reached).text
        return Row(report: report, verdict: .lagging, why: "stands at \(place)")
    }

    /// Only who listened to the group is worth a line.
    private func verdictOfDeparted(_ report: ConnectionReport) -> Row? {
        var row = verdict(report)
        switch row.verdict {
        case .filtered, .forbidden: return nil
        case .delivered: return row
        case .lagging, .notConnected:
            row.verdict = .notConnected
            row.why = "left at \(report.ended?.rfc3339 ?? "an unknown time"); \(row.why)"
            return row
        }
    }

    func count(_ verdict: Verdict) -> Int {
        rows.count { $0.verdict == verdict } + (verdict == .notConnected ? absent.count : 0)
    }

    /// The trace as JSON; at most `limit` lines, the counts are of all.
    func json(limit: Int) -> [UInt8] {
        var json = Writer(capacity: 1024 + event.json.count)
        json.object { json in
            json.member("event", raw: event.json)
            json.member("summary") { json in
                json.object { json in
                    for verdict in Verdict.allCases {
                        json.member(verdict.rawValue, count(verdict))
                    }
                }
            }
            json.member("consumers") { json in
                json.array { json in
                    for row in rows.prefix(limit) { write(row, to: &json) }
                    for one in absent.prefix(max(0, limit - rows.count)) { write(one, to: &json) }
                }
            }
            json.member("more", rows.count + absent.count > limit)
        }
        return json.bytes
    }

    private func write(_ row: Row, to json: inout Writer) {
        json.object { json in
            json.member("connection", row.report.id)
            json.member("principal", row.report.principal)
            json.member("address", row.report.address)
            json.member("transport", row.report.transport.rawValue)
            json.member("verdict", row.verdict.rawValue)
            json.member("why", row.why)
        }
    }

    private func write(_ absent: Absent, to json: inout Writer) {
        json.object { json in
            json.member("principal", absent.principal)
            json.member("verdict", Verdict.notConnected.rawValue)
            json.member("why", absent.why)
        }
    }
}
