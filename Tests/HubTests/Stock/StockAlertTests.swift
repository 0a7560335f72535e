import Log
import Testing

@testable import Hub

/// An alert that is shown quantities at seconds after ten o'clock.
private struct Watched {
    var alert = StockAlert()
    var rule = AlertRule(minimum: 10, recovery: 15)
    var silencedUntil: Int?

    /// What is said when the quantity is seen at that second.
    mutating func see(_ quantity: Int64, at second: Int) -> [StockAlert.Notice] {
        let silence = silencedUntil.flatMap { second < $0 ? tenOClock + .seconds($0) : nil }
        return alert.observe(
            Quantity(whole: quantity), rule, silencedUntil: silence,
            now: tenOClock + .seconds(second))
    }

    func deadline(at second: Int) -> Int? {
        let silence = silencedUntil.flatMap { second < $0 ? tenOClock + .seconds($0) : nil }
        return alert.deadline(rule, silencedUntil: silence).map {
            Int(($0 - tenOClock).components.seconds)
        }
    }

    mutating func acknowledge(at second: Int) -> [StockAlert.Notice]? {
        alert.acknowledge(
            .init(by: "ana", note: nil, at: tenOClock + .seconds(second)),
            isSilenced: silencedUntil.map { second < $0 } ?? false)
    }
}

extension Quantity {
    init(whole: Int64) {
        guard let quantity = Quantity(millionths: whole * 1_000_000) else {
            preconditionFailure("a quantity of the tests' own is within the bounds")
        }
        self = quantity
    }
}

extension Quantity: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self.init(whole: value) }
}

@Suite("Stock: the life of an alert")
struct StockAlertTests {
    @Test("ok → activa → resuelta: below the minimum it fires, at recovery it ends")
    func life() {
        var watched = Watched()
        let notices = [(20, 0), (10, 1), (9, 2), (3, 3), (10, 4), (14, 5), (15, 6), (9, 7)].map {
            watched.see(Int64($0.0), at: $0.1)
        }
        #expect(notices == [[], [], [.fired(1)], [], [], [], [.resolved(1)], [.fired(2)]])
    }

    @Test("a quantity that flaps 79 times in two hours is one alert and one resolution")
    func flaps() {
        var watched = Watched()
        var notices: [StockAlert.Notice] = []
        for flap in 0..<79 {
            notices += watched.see(9, at: flap * 91)
            notices += watched.see(14, at: flap * 91 + 45)
        }
        notices += watched.see(15, at: 7200)
        #expect(notices == [.fired(1), .resolved(1)])
    }

    @Test("without a recovery of its own it ends at the minimum; without a minimum there is none")
    func bounds() {
        var watched = Watched()
        watched.rule = AlertRule(minimum: 10)
        #expect(watched.see(9, at: 0) == [.fired(1)])
        #expect(watched.see(10, at: 1) == [.resolved(1)])
        #expect(watched.see(9, at: 2) == [.fired(2)])
        watched.rule = AlertRule()
        #expect(watched.see(9, at: 3) == [.resolved(2)])
        #expect(watched.see(0, at: 4) == [])
    }

    @Test("pendiente lasts until it has been below for long enough, and starts anew if it was not")
    func pending() {
        var watched = Watched()
        watched.rule.minimumDuration = .seconds(60)
        #expect(watched.see(9, at: 0) == [])
        #expect(watched.alert.phaseName == .pending)
        #expect(watched.deadline(at: 0) == 60)
        #expect(watched.see(8, at: 59) == [])
        #expect(watched.see(10, at: 59) == [])
        #expect(watched.alert.phaseName == .ok)
        #expect(watched.deadline(at: 59) == nil)
        #expect(watched.see(9, at: 70) == [])
        #expect(watched.see(9, at: 129) == [])
        #expect(watched.see(9, at: 130) == [.fired(1)])
        #expect(watched.see(9, at: 130) == [])
    }

    @Test("it is repeated at its interval until somebody acknowledges")
    func repeats() {
        var watched = Watched()
        watched.rule.repeatInterval = .seconds(60)
        #expect(watched.see(9, at: 0) == [.fired(1)])
        #expect(watched.deadline(at: 0) == 60)
        #expect(watched.see(9, at: 59) == [])
        #expect(watched.see(9, at: 60) == [.repeated(1)])
        #expect(watched.see(9, at: 200) == [.repeated(1)])
        #expect(watched.deadline(at: 200) == 260)
        #expect(watched.acknowledge(at: 210) == [.acknowledged(1)])
        #expect(watched.acknowledge(at: 211) == nil)
        #expect(watched.deadline(at: 211) == nil)
        #expect(watched.see(1, at: 999) == [])
        #expect(watched.see(15, at: 1000) == [.resolved(1)])
        #expect(watched.acknowledge(at: 1001) == nil)
    }

    @Test("nothing is said in a silence; at its end what is still active speaks")
    func silence() {
        var watched = Watched()
        watched.silencedUntil = 100
        #expect(watched.see(9, at: 0) == [])
        #expect(watched.alert.phaseName == .active)
        #expect(watched.deadline(at: 0) == 100)
        #expect(watched.see(9, at: 100) == [.fired(1)])
        watched.silencedUntil = 300
        #expect(watched.see(8, at: 200) == [])
        #expect(watched.see(8, at: 300) == [.unsilenced(1)])
        #expect(watched.see(8, at: 301) == [])
    }

    @Test("what ended within a silence is told at its end, if its beginning was heard")
    func endInSilence() {
        var watched = Watched()
        #expect(watched.see(9, at: 0) == [.fired(1)])
        watched.silencedUntil = 100
        #expect(watched.see(20, at: 50) == [])
        #expect(watched.alert.isOpen)
        #expect(watched.deadline(at: 50) == 100)
        #expect(watched.see(20, at: 100) == [.resolved(1)])
        watched.silencedUntil = 300
        #expect(watched.see(9, at: 200) == [])
        #expect(watched.see(20, at: 210) == [])
        #expect(!watched.alert.isOpen)
        #expect(watched.deadline(at: 210) == nil)
        #expect(watched.see(20, at: 300) == [])
    }

    @Test("one that ended and another that began in a silence are both told")
    func twoInSilence() {
        var watched = Watched()
        #expect(watched.see(9, at: 0) == [.fired(1)])
        watched.silencedUntil = 100
        _ = watched.see(20, at: 50)
        _ = watched.see(9, at: 60)
        #expect(watched.see(9, at: 100) == [.resolved(1), .fired(2)])
    }

    @Test("one that is acknowledged in a silence is not announced when that ends")
    func acknowledgedInSilence() {
        var watched = Watched()
        watched.silencedUntil = 100
        _ = watched.see(9, at: 0)
        #expect(watched.acknowledge(at: 1) == [])
        #expect(watched.see(9, at: 100) == [])
        #expect(watched.see(20, at: 101) == [])
    }

    @Test(
        "what is said is what a reading of the whole history gives, whatever happens",
        arguments: 0..<40 as Range<UInt64>)
    func model(_ seed: UInt64) {
        var numbers = FixedNumbers(state: seed)
        var watched = Watched()
        watched.rule.minimumDuration = .seconds(Int64(seed % 4) * 5)
        if seed % 3 == 0 { watched.rule.repeatInterval = .seconds(7) }
        var history: [Moment] = []
        var second = 0
        for _ in 0..<200 {
            second += Int(numbers.next() % 4)
            let quantity = Int64(numbers.next() % 10) + 7
            var moment = Moment(second: second, quantity: quantity)
            moment.notices = watched.see(quantity, at: second)
            if numbers.next() % 9 == 0 {
                moment.isAcknowledged = watched.acknowledge(at: second) != nil
            }
            history.append(moment)
        }
        let model = Model(rule: watched.rule, history: history)
        #expect(history.map(\.notices) == model.notices)
        #expect(history.map(\.isAcknowledged) == model.acknowledgements(asked: history))
    }

    @Test("showing it the same again changes nothing", arguments: 0..<10 as Range<UInt64>)
    func idempotent(_ seed: UInt64) {
        var numbers = FixedNumbers(state: seed)
        var watched = Watched()
        watched.rule.minimumDuration = .seconds(5)
        watched.rule.repeatInterval = .seconds(9)
        for second in 0..<200 {
            if numbers.next() % 20 == 0 { watched.silencedUntil = second + 15 }
            let quantity = Int64(numbers.next() % 10) + 7
            _ = watched.see(quantity, at: second)
            let before = watched.alert
            #expect(watched.see(quantity, at: second) == [])
            #expect(watched.alert == before)
            if let deadline = watched.deadline(at: second) { #expect(deadline > second) }
        }
    }
}

/// What was seen at a moment, and what the machine said.
private struct Moment {
    var second: Int
    var quantity: Int64
    var notices: [StockAlert.Notice] = []
    var isAcknowledged = false
}

/// The same rules without a state: each moment is judged by reading the history from its start.
private struct Model {
    let rule: AlertRule
    let history: [Moment]

    /// The moments at which an alert fires and at which it ends, in pairs.
    private var alerts: [(fired: Int, ended: Int)] {
        var alerts: [(fired: Int, ended: Int)] = []
        var index = 0
        while let start = history[index...].indices.first(where: { history[$0].quantity < 10 }) {
            let rise = history[start...].indices.first { history[$0].quantity >= 10 }
            let long = history[start...].indices.first {
                Duration.seconds(history[$0].second - history[start].second) >= rule.minimumDuration
            }
            guard let long, long < rise ?? .max else {
                guard let rise else { return alerts }
                index = rise
                continue
            }
            let end = history[long...].indices.first { history[$0].quantity >= 15 }
            alerts.append((long, end ?? history.count))
            guard let end else { return alerts }
            index = end
        }
        return alerts
    }

    var notices: [[StockAlert.Notice]] {
        var notices = history.map { _ in [StockAlert.Notice]() }
        for (number, alert) in alerts.enumerated() {
            let number = UInt64(number + 1)
            notices[alert.fired].append(.fired(number))
            if alert.ended < history.count { notices[alert.ended].append(.resolved(number)) }
            let quiet = (alert.fired..<alert.ended).first { history[$0].isAcknowledged }
            guard let interval = rule.repeatInterval else { continue }
            var spoken = history[alert.fired].second
            for index in alert.fired..<alert.ended where index <= quiet ?? .max {
                let pause = Duration.seconds(history[index].second - spoken)
                guard pause >= interval else { continue }
                spoken = history[index].second
                notices[index].append(.repeated(number))
            }
        }
        return notices
    }

    /// Only the first within each alert can be one.
    func acknowledgements(asked: [Moment]) -> [Bool] {
        var possible = history.map { _ in false }
        for alert in alerts {
            if let first = (alert.fired..<alert.ended).first(where: { asked[$0].isAcknowledged }) {
                possible[first] = true
            }
        }
        return possible
    }
}

@Suite("Stock: patterns of names")
struct NamePatternTests {
    @Test(
        "* stands for any text; case does not matter",
        arguments: [
            ("Tub*", "tubería", true), ("*pvc*", "Tubo PVC 20", true), ("*", "", true),
            ("a*b*c", "aXbXbXc", true), ("a*b*c", "aXbX", false), ("tubo", "tubos", false),
            ("**", "x", true), ("*a", "baab", false), ("a", "", false), ("ÑU", "ñu", true),
        ])
    func matches(_ pattern: String, _ name: String, _ isMatch: Bool) throws {
        #expect(try #require(NamePattern(pattern)).matches(name) == isMatch)
    }

    @Test("a pattern that would try all ways is done in time")
    func backtracking() throws {
        let pattern = try #require(NamePattern(String(repeating: "a*", count: 100)))
        #expect(!pattern.matches(String(repeating: "a", count: 99) + "b"))
        #expect(NamePattern("") == nil)
        #expect(NamePattern(String(repeating: "a", count: 201)) == nil)
    }
}
