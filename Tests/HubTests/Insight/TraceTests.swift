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
        id: id,
        hearing: Hearing(
            principal: principal,
            interests: interests.map {
                Hearing.Interest(pattern: pattern($0.0), start: $0.start, reached: $0.reached)
            },
            refused: refused.map(pattern)),
        address: "127.0.0.1:1", transport: .websocket, since: Timestamp(milliseconds: 0),
        queueBytes: 0, ended: ended)
}

/// What the consumers got of an event at position 50 of `stock:norte`, as JSON.
private func trace(
    _ connected: [ConnectionReport], departed: [ConnectionReport] = [],
    principals: [Principal] = [], limit: Int = 100
) throws -> Value {
    let event = Event(
        position: 50, seq: 7, group: Group(literal: "stock:norte"), at: tenOClock,
        json: bytes(#"{"type":"t"}"#))
    let trace = Trace(of: event, epoch: epoch, principals: principals, limit: limit)
    // Two loops, each with a part of them.
    let parts = [connected.prefix(2), connected.dropFirst(2)].map { part in
        part.reduce(into: Tally()) { tally, report in
            trace.look(&tally, report.hearing) { report }
        }
    }
    var tally = parts.reduce(into: Tally()) { $0.merge($1) }
    tally.departed = departed
    return try Value.parse(trace.json(tally))
}

extension Value {
    /// The member of each consumer that the trace tells of.
    fileprivate func each(_ name: String) -> [String] {
        (self["consumers"]?.elements ?? []).map { $0[name]?.string ?? "" }
    }

    fileprivate func count(_ verdict: Trace.Verdict) -> String? {
        self["summary"]?[verdict.rawValue]?.text
    }
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
    ) throws {
        let trace = try trace([report("a", patterns.map { ($0, start, reached) })])
        #expect(trace.each("verdict") == [verdict.rawValue])
    }

    @Test("what it may not hear is told from what it did not ask for")
    func forbidden() throws {
        let trace = try trace([
            report("a", [("tasks", 0, 90)], refused: ["stock:**"]),
            report("b", [("stock:norte", 0, 90)], refused: ["stock:**"]),
        ])
        #expect(trace.each("verdict") == ["forbidden", "delivered"])
        #expect(trace.each("why").first == "asked for stock:**")
    }

    @Test("one subscription that has it is enough, whatever another waits for")
    func several() throws {
        let consumer = report("a", [("stock:norte", 10, 20), ("stock:*", 30, 55)])
        #expect(try trace([consumer]).each("verdict") == ["delivered"])
    }

    @Test("who has left")
    func departed() throws {
        let end = Timestamp(milliseconds: 1_000)
        let trace = try trace(
            [],
            departed: [
                report("has", [("stock:*", 0, 60)], ended: end),
                report("left", [("stock:*", 0, 49)], ended: end),
                report("other", [("tasks", 0, 49)], ended: end),
                report("refused", refused: ["stock:*"], ended: end),
            ])
        #expect(trace.each("connection") == ["has", "left"])
        #expect(trace.each("verdict") == ["delivered", "not_connected"])
        #expect(trace.each("why").last?.hasPrefix("left at 1970-01-01T00:00:01") == true)
    }

    @Test("who may hear it and has not come")
    func absent() throws {
        let trace = try trace(
            [report("a", [("stock:*", 0, 60)], principal: "here")],
            principals: [
                Principal(name: "here", grants: [Grant(.subscribe, pattern("stock:**"))]),
                Principal(name: "away", grants: [Grant(.subscribe, pattern("stock:**"))]),
                Principal(name: "writer", grants: [Grant(.publish, pattern("stock:**"))]),
            ])
        #expect(trace.each("principal") == ["here", "away"])
        #expect(trace.each("verdict") == ["delivered", "not_connected"])
        #expect(trace.count(.notConnected) == "1")
        #expect(trace.count(.delivered) == "1")
    }

    @Test(
        "the list is bounded, the counts are of all", arguments: [(1, true), (4, true), (5, false)])
    func bounded(_ limit: Int, _ isMore: Bool) throws {
        let trace = try trace((0..<5).map { report("\($0)", [("**", 0, 60)]) }, limit: limit)
        #expect(trace.count(.delivered) == "5")
        #expect(trace.each("connection") == (0..<limit).map(String.init))
        #expect(trace["more"]?.text == "\(isMore)")
    }
}
