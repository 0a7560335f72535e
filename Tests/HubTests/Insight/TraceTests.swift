import JSON
import Log
import Testing

@testable import Hub

/// A consumer as a loop reports it.
private func report(
    _ id: String, _ interests: [(String, start: UInt64, reached: UInt64)] = [],
    refused: [String] = [], principal: String = "anyone", ended: Timestamp? = nil
) -> ConnectionReport {
    ConnectionReport(
        id: id, principal: principal, address: "127.0.0.1:1", transport: .websocket,
        since: Timestamp(milliseconds: 0),
        interests: interests.map {
            ConnectionReport.Interest(pattern: pattern($0.0), start: $0.start, reached: $0.reached)
        },
        refused: refused.map(pattern), queueBytes: 0, ended: ended)
}

/// What the consumers got of an event at position 50 of `stock:norte`.
private func trace(
    _ connected: [ConnectionReport], departed: [ConnectionReport] = [],
    principals: [Principal] = []
) -> Trace {
    let event = Event(
        position: 50, seq: 7, group: Group(literal: "stock:norte"), at: tenOClock,
        json: bytes(#"{"type":"t"}"#))
    return Trace(
        of: event, epoch: epoch, connected: connected, departed: departed, principals: principals)
}

@Suite("Who got an event, who did not, and why")
struct TraceTests {
    @Test(
        "a consumer that is connected",
        arguments: [
            (["stock:norte"], 10, 50, Trace.Verdict.delivered),
            (["stock:*"], 10, 90, .delivered),
            (["**"], 49, 50, .delivered),
            (["stock:norte"], 10, 49, .lagging),
            (["stock:norte"], 50, 60, .filtered),
            (["stock:sur", "tasks"], 0, 90, .filtered),
            ([], 0, 0, .filtered),
        ] as [([String], UInt64, UInt64, Trace.Verdict)])
    func connected(
        _ patterns: [String], _ start: UInt64, _ reached: UInt64, _ verdict: Trace.Verdict
    ) {
        let trace = trace([report("a", patterns.map { ($0, start, reached) })])
        #expect(trace.rows.map(\.verdict) == [verdict])
    }

    @Test("what it may not hear is told from what it did not ask for")
    func forbidden() {
        let trace = trace([
            report("a", [("tasks", 0, 90)], refused: ["stock:**"]),
            report("b", [("stock:norte", 0, 90)], refused: ["stock:**"]),
        ])
        #expect(trace.rows.map(\.verdict) == [.forbidden, .delivered])
        #expect(trace.rows[0].why == "asked for stock:**")
    }

    @Test("one subscription that has it is enough, whatever another waits for")
    func several() {
        let consumer = report("a", [("stock:norte", 10, 20), ("stock:*", 30, 55)])
        #expect(trace([consumer]).rows.map(\.verdict) == [.delivered])
    }

    @Test("who has left")
    func departed() {
        let end = Timestamp(milliseconds: 1_000)
        let trace = trace(
            [],
            departed: [
                report("has", [("stock:*", 0, 60)], ended: end),
                report("left", [("stock:*", 0, 49)], ended: end),
                report("other", [("tasks", 0, 49)], ended: end),
                report("refused", refused: ["stock:*"], ended: end),
            ])
        #expect(trace.rows.map(\.report.id) == ["has", "left"])
        #expect(trace.rows.map(\.verdict) == [.delivered, .notConnected])
        #expect(trace.rows[1].why.hasPrefix("left at 1970-01-01T00:00:01"))
    }

    @Test("who may hear it and has not come")
    func absent() {
        let trace = trace(
            [report("a", [("stock:*", 0, 60)], principal: "here")],
            principals: [
                Principal(name: "here", grants: [Grant(.subscribe, pattern("stock:**"))]),
                Principal(name: "away", grants: [Grant(.subscribe, pattern("stock:**"))]),
                Principal(name: "writer", grants: [Grant(.publish, pattern("stock:**"))]),
            ])
        #expect(trace.absent.map(\.principal) == ["away"])
        #expect(trace.count(.notConnected) == 1)
        #expect(trace.count(.delivered) == 1)
    }

    @Test("the list is bounded, the counts are of all")
    func bounded() {
        let trace = trace((0..<5).map { report("\($0)", [("**", 0, 60)]) })
        let json = text(trace.json(limit: 2))
        #expect(json.contains(#""delivered":5"#))
        #expect(json.contains(#""more":true"#))
        #expect(json.split(separator: #""verdict""#).count == 3)
        #expect(text(trace.json(limit: 5)).contains(#""more":false"#))
    }
}
