import EngineConformance
import Foundation
import Log
import Reactor
import Testing

@testable import SQLiteEngine

/// What an engine must hold after any mixture of commits, refusals, failures and crashes.
@Suite("The log against a model of it")
struct ModelTests {
    private struct Known: Equatable {
        var position: UInt64
        var group: String
        var seq: UInt64
        var payload: String
    }

    private struct Model {
        var events: [Known] = []
        var seqs: [String: UInt64] = [:]
        var head: UInt64 = 0

        mutating func append(_ group: String, _ payload: String) {
            head += 1
            seqs[group, default: 0] += 1
            events.append(
                Known(position: head, group: group, seq: seqs[group] ?? 0, payload: payload))
        }
    }

    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33 | state << 31
        }
    }

    /// So many that most have no event between two savings.
    private static let groups = ["a", "b", "c:x", "c:y", "d"] + (0..<40).map { "r:\($0)" }
    private static let things = Collection(rawValue: "things")

    /// Commits transactions together, some of them refused, and some with records.
    private func commit(
        _ fixture: DirectoryFixture, _ model: inout Model, _ random: inout Numbers, most: Int
    ) throws {
        let answers = WorkQueue<Result<[Appended]?, EngineError>>(capacity: 100)
        var wanted: [Int?] = []
        var plans: [(drafts: [EventDraft], isKept: Bool, hasRecord: Bool, lists: Bool)] = []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let isKept = Int.random(in: 0..<4, using: &random) > 0
            var drafts: [EventDraft] = []
            var group = "a"
            for number in 0..<Int.random(in: 1...most, using: &random) {
                if Int.random(in: 0..<20, using: &random) == 0 {
                    group = Self.groups.randomElement(using: &random) ?? "a"
                    if Int.random(in: 0..<5, using: &random) == 0 { group = "n:\(model.head)" }
                }
                let length = Int.random(in: 0..<200, using: &random) == 0 ? 3000 : number % 40
                let payload = "\"\(String(repeating: "x", count: length))\""
                drafts.append(try draft(group, payload: payload))
                if isKept { model.append(group, payload) }
            }
            wanted.append(isKept ? drafts.count : nil)
            plans.append(
                (
                    drafts, isKept, Int.random(in: 0..<3, using: &random) == 0,
                    Int.random(in: 0..<5, using: &random) == 0
                ))
        }
        let engine = fixture.engine
        engine.together {
            for plan in plans {
                engine.transact { transaction throws(EngineError) -> Outcome<[Appended]?> in
                    if plan.hasRecord { try transaction.put(Self.things, "k", [1]) }
                    var places: [Appended] = []
                    for draft in plan.drafts { places.append(try transaction.append(draft)) }
                    if plan.lists { _ = try transaction.groups(after: nil, limit: 1000) }
                    return plan.isKept ? .commit(places) : .refuse(nil)
                } reply: {
                    answers.send($0)
                }
            }
        }
        var got: [Int?] = []
        while got.count < plans.count {
            for one in answers.receive() { got.append(try one.get()?.count) }
        }
        #expect(got == wanted)
    }

    private func check(
        _ fixture: DirectoryFixture, _ model: Model, keeps limit: Int, _ random: inout Numbers,
        _ step: String
    ) throws {
        let kept = Array(model.events.suffix(limit))
        let status = fixture.engine.status()
        #expect(status.head == model.head, "\(step)")
        #expect(status.events == UInt64(kept.count), "\(step)")
        let groups = try fixture.engine.readAndWait { s throws(EngineError) in
            try s.groups(after: nil, limit: 100_000)
        }
        #expect(groups.count == model.seqs.count, "\(step)")
        #expect(status.groups == UInt64(groups.count), "\(step)")
        for group in groups {
            #expect(group.lastSeq == model.seqs[group.group.name], "\(step) \(group.group.name)")
            let count = kept.count { $0.group == group.group.name }
            #expect(group.kept == UInt64(count), "\(step) \(group.group.name)")
        }
        let sets = [["**"], ["a"], ["b", "c:*"], ["n:*", "d"], ["r:*"]]
        let patterns = sets.randomElement(using: &random) ?? ["**"]
        let parsed = try patterns.map { try GroupPattern($0) }
        let start = UInt64.random(in: 0...model.head, using: &random)
        var after = start
        var bytes = 0
        var found: [Known] = []
        repeat {
            let page = try fixture.engine.pageAndWait(
                .after(after), patterns, maxEvents: Int.random(in: 1...300, using: &random),
                maxBytes: Int.random(in: 1...9000, using: &random))
            #expect(page.through > after || page.through == page.head, "\(step)")
            after = page.through
            for event in page.events {
                let json = String(decoding: event.json, as: UTF8.self)
                let data = json.range(of: #""data":"#).map { json[$0.upperBound...].dropLast() }
                bytes += event.json.count + 48
                found.append(
                    Known(
                        position: event.position, group: event.group.name, seq: event.seq,
                        payload: String(data ?? "")))
                #expect(json.contains(",\"seq\":\(event.seq),"), "\(step)")
                #expect(json.contains("-\(event.position)\""), "\(step)")
            }
        } while after < model.head
        let wanted = kept.filter { known in
            known.position > start && parsed.contains { $0.matches(name: known.group) }
        }
        #expect(found == wanted, "\(step): \(patterns) after \(start)")
        if patterns == ["**"], start < kept.first?.position ?? 1 {
            #expect(status.eventBytes == UInt64(bytes), "\(step)")
        }
    }

    @Test(
        "commits, refusals, stops and crashes in any order",
        arguments: [
            (UInt64(1), 40, 12, 60), (2, 300, 40, 40), (3, 5000, 900, 24), (4, 1_000_000, 900, 24),
            (5, 1, 5, 40), (6, 1_000_000, 30, 60), (7, 1_000_000, 60, 120),
        ])
    func anything(seed: UInt64, keeps limit: Int, most: Int, steps: Int) throws {
        var options = EngineOptions()
        options.retention = Retention(events: UInt64(limit))
        let fixture = try DirectoryFixture(options: options)
        let epoch = fixture.engine.epoch
        var random = Numbers(state: seed)
        var model = Model()
        for step in 0..<steps {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: try fixture.crash()
            case 1: try fixture.restart()
            default:
                fixture.clock.now = fixture.clock.now + .milliseconds(step % 3)
                try commit(fixture, &model, &random, most: most)
            }
            #expect(fixture.engine.epoch == epoch, "\(step)")
            try check(fixture, model, keeps: limit, &random, "seed \(seed), step \(step)")
        }
    }
}
