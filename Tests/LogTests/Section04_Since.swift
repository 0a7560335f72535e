import Log
import Testing

private let tenOClock = Timestamp(milliseconds: 1_768_471_200_000)  // 2026-01-15T10:00:00Z

private let epoch: Epoch = {
    guard let epoch = Epoch("k3f9aa") else { preconditionFailure("not an epoch") }
    return epoch
}()

private func cursor(_ position: UInt64) -> Cursor { Cursor(epoch: epoch, position: position) }

struct SinceCase: Sendable, CustomTestStringConvertible {
    var text: String
    var expected: Since?

    init(_ text: String, _ expected: Since?) {
        self.text = text
        self.expected = expected
    }

    var testDescription: String { "\"\(text)\"" }
}

@Suite("WIRE §4 Resume: since")
struct Section04_Since {
    @Test(
        "since: every form",
        arguments: [
            SinceCase("now", .now),
            SinceCase("earliest", .earliest),
            SinceCase("k3f9aa-18342", .cursor(cursor(18342))),
            SinceCase("k3f9aa-0", .cursor(cursor(0))),
            SinceCase(
                "k3f9aa-18446744073709551615", .cursor(cursor(.max))),
            SinceCase("0s", .ago(.zero)),
            SinceCase("90s", .ago(.seconds(90))),
            SinceCase("10m", .ago(.seconds(600))),
            SinceCase("2h", .ago(.seconds(7200))),
            SinceCase("7d", .ago(.seconds(604_800))),
            SinceCase("2026-01-15T10:00:00Z", .time(tenOClock)),
            SinceCase("2026-01-15T11:00:00.000+01:00", .time(tenOClock)),
        ])
    func forms(_ row: SinceCase) { #expect(Since(row.text) == row.expected) }

    @Test(
        "since: bad forms are refused, and none is guessed",
        arguments: [
            "", " ", "Now", "now ", "latest", "-1", "0", "18342", "m", "10", "10w", "10 m", "-10m",
            "+10m", "1.5h", "10ms", "١٠m", "k3f9aa", "k3f9aa-", "k3f9aa--1", "k3f9aa-01",
            "k3f9a-1", "K3F9AA-1", "k3f9aa-18446744073709551616", "2026-01-15",
            "2026-01-15T10:00:00", "2026-13-15T10:00:00Z", "99999999999999999999d",
        ])
    func badForms(_ text: String) { #expect(Since(text) == nil) }

    @Test(
        "since: a duration looks back 100 years at most",
        arguments: [
            SinceCase("3155759999s", .ago(.seconds(3_155_759_999))),
            SinceCase("3155760000s", .ago(.seconds(3_155_760_000))),
            SinceCase("3155760001s", nil),
            SinceCase("36525d", .ago(.seconds(3_155_760_000))),
            SinceCase("36526d", nil),
            SinceCase("18446744073709551615d", nil),
        ])
    func bounds(_ row: SinceCase) { #expect(Since(row.text) == row.expected) }

    @Test("as it goes to a hub; a part of a second is rounded up, a span to come is none")
    func text() {
        let rows: [(Since, String)] = [
            (.now, "now"), (.earliest, "earliest"), (.cursor(cursor(7)), "k3f9aa-7"),
            (.time(tenOClock), "2026-01-15T10:00:00.000Z"), (.ago(.seconds(604_800)), "604800s"),
            (.ago(.milliseconds(1001)), "2s"), (.ago(.seconds(-1)), "0s"),
        ]
        for (since, text) in rows {
            #expect(since.text == text)
        }
    }

    @Test("a cursor of this epoch is gone on from; one of another is a reset from the earliest")
    func startOfCursor() throws {
        let known = try #require(Since.cursor(cursor(7)).start(epoch: epoch, now: tenOClock))
        #expect(known.start == .after(7))
        #expect(!known.isReset)

        let other = try #require(Epoch("zzzzzz"))
        let foreign = try #require(Since.cursor(cursor(7)).start(epoch: other, now: tenOClock))
        #expect(foreign.start == .earliest)
        #expect(foreign.isReset)
    }

    @Test("now has no start: it is the head; the others are places in the log, and no reset")
    func startOfOthers() throws {
        #expect(Since.now.start(epoch: epoch, now: tenOClock) == nil)
        let rows: [(Since, PageQuery.Start)] = [
            (.earliest, .earliest),
            (.time(tenOClock), .at(tenOClock)),
            (.ago(.seconds(60)), .at(tenOClock - .seconds(60))),
            (.ago(.zero), .at(tenOClock)),
        ]
        for (since, expected) in rows {
            let (start, isReset) = try #require(since.start(epoch: epoch, now: tenOClock))
            #expect(start == expected)
            #expect(!isReset)
        }
    }
}
