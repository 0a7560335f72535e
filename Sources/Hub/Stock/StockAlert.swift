import Log

/// When an article's stock is amiss, and how often that is said.
struct AlertRule: Equatable, Sendable {
    /// Below this it is amiss; `nil` for never.
    var minimum: Quantity?
    /// From here on it is right again; never below `minimum`.
    var recovery: Quantity?
    /// How long it must be amiss before that is said.
    var minimumDuration: Duration = .zero
    /// How often it is said again until somebody acknowledges; `nil` for never.
    var repeatInterval: Duration?

    func isBelow(_ quantity: Quantity) -> Bool {
        if let minimum { quantity < minimum } else { false }
    }

    func isRecovered(_ quantity: Quantity) -> Bool {
        if let threshold = recovery ?? minimum { quantity >= threshold } else { true }
    }
}

/// The life of one article's alert: `ok → pendiente → activa → reconocida → resuelta`.
///
/// A machine without a clock: it is shown the quantity, the rule, the silence and the time, and
/// answers what is to be said. Showing it the same again is harmless. A quantity that flaps about
/// the minimum is one alert, for it ends at `recovery` and not before.
struct StockAlert: Equatable, Sendable {
    struct Acknowledgement: Equatable, Sendable {
        var by: String
        var note: String?
        var at: Timestamp
    }

    enum Phase: Equatable, Sendable {
        case ok
        /// Below the minimum, but not for long enough.
        case pending(since: Timestamp)
        case active
        /// Somebody sees to it: it is not repeated.
        case acknowledged(Acknowledgement)
        case resolved(at: Timestamp)
    }

    /// What is to be said, and of which alert of the article: they count from 1.
    enum Notice: Equatable, Sendable {
        case fired(UInt64)
        case repeated(UInt64)
        /// It is active still, and a silence has ended.
        case unsilenced(UInt64)
        case acknowledged(UInt64)
        case resolved(UInt64)
    }

    private(set) var phase = Phase.ok
    /// How many alerts the article has had, with this one.
    private(set) var number: UInt64 = 0
    /// When this one became active; `nil` before the first.
    private(set) var firedAt: Timestamp?
    /// How often this one was repeated.
    private(set) var repeats: UInt64 = 0
    /// When it was last said to be active; `nil` while a word is owed.
    private(set) var spokenAt: Timestamp?
    /// The alert that consumers have heard of, and not yet the end of.
    private(set) var told: UInt64?

    /// Shows the machine how things stand.
    ///
    /// - Parameters:
    ///   - quantity: What there is now.
    ///   - rule: What the article asks for now.
    ///   - silencedUntil: When the silence over it ends; `nil` for none.
    ///   - now: The time.
    /// - Returns: What is to be said now, in this order.
    mutating func observe(
        _ quantity: Quantity, _ rule: AlertRule, silencedUntil: Timestamp?, now: Timestamp
    ) -> [Notice] {
        move(quantity, rule, now)
        return silencedUntil == nil ? speak(rule, now) : beSilent()
    }

    private mutating func move(_ quantity: Quantity, _ rule: AlertRule, _ now: Timestamp) {
        switch phase {
        case .ok, .resolved:
            guard rule.isBelow(quantity) else { return }
            fire(since: now, rule, now)
        case .pending(let since):
            guard rule.isBelow(quantity) else {
                phase = .ok
                return
            }
            fire(since: since, rule, now)
        case .active, .acknowledged:
            if rule.isRecovered(quantity) { phase = .resolved(at: now) }
        }
    }

    private mutating func fire(since: Timestamp, _ rule: AlertRule, _ now: Timestamp) {
        guard since + rule.minimumDuration <= now else {
            phase = .pending(since: since)
            return
        }
        phase = .active
        number += 1
        firedAt = now
        repeats = 0
        spokenAt = nil
    }

    private mutating func speak(_ rule: AlertRule, _ now: Timestamp) -> [Notice] {
        switch phase {
        case .ok, .pending, .resolved:
            return endOfTold()
        case .acknowledged:
            return told == number ? [] : endOfTold()
        case .active:
            let spoken = spokenAt
            if told != number {
                let ends = endOfTold()
                told = number
                spokenAt = now
                return ends + [.fired(number)]
            }
            guard let spoken else {
                spokenAt = now
                return [.unsilenced(number)]
            }
            guard let interval = rule.repeatInterval, spoken + interval <= now else { return [] }
            spokenAt = now
            repeats += 1
            return [.repeated(number)]
        }
    }

    private mutating func endOfTold() -> [Notice] {
        guard let ended = told else { return [] }
        told = nil
        return [.resolved(ended)]
    }

    private mutating func beSilent() -> [Notice] {
        if case .active = phase { spokenAt = nil }
        return []
    }

    /// Notes that somebody sees to it.
    ///
    /// - Parameters:
    ///   - acknowledgement: Who, when, and what they say.
    ///   - isSilenced: Whether nothing is to be said.
    /// - Returns: What is to be said; `nil` where there is no active alert, and nothing was done.
    mutating func acknowledge(
        _ acknowledgement: Acknowledgement, isSilenced: Bool
    ) -> [Notice]? {
        switch phase {
        case .ok, .pending, .acknowledged, .resolved: return nil
        case .active:
            phase = .acknowledged(acknowledgement)
            return isSilenced || told != number ? [] : [.acknowledged(number)]
        }
    }

    /// When to show it how things stand although nothing has changed; `nil` for never.
    ///
    /// - Parameters:
    ///   - rule: What the article asks for.
    ///   - silencedUntil: When the silence over it ends; `nil` for none.
    /// - Returns: The moment; one that has passed is due.
    func deadline(_ rule: AlertRule, silencedUntil: Timestamp?) -> Timestamp? {
        switch phase {
        case .pending(let since):
            let fires = since + rule.minimumDuration
            guard told != nil, let silencedUntil else { return fires }
            return min(fires, silencedUntil)
        case .active:
            if let silencedUntil { return silencedUntil }
            guard let spokenAt, let interval = rule.repeatInterval else { return nil }
            return spokenAt + interval
        case .ok, .acknowledged, .resolved:
            return told == nil || told == number && isAcknowledged ? nil : silencedUntil
        }
    }

    /// Whether it must be looked at when a silence begins or ends.
    var isOpen: Bool {
        switch phase {
        case .pending, .active, .acknowledged: true
        case .ok, .resolved: told != nil
        }
    }

    private var isAcknowledged: Bool {
        if case .acknowledged = phase { true } else { false }
    }
}

// As it is kept.
extension StockAlert {
    /// The phases by the names of seed 001.
    enum PhaseName: String, CaseIterable, Sendable {
        case ok
        case pending = "pendiente"
        case active = "activa"
        case acknowledged = "reconocida"
        case resolved = "resuelta"

        /// What WIRE §3 calls it.
        var state: String {
            switch self {
            case .ok: "ok"
            case .pending: "pending"
            case .active, .acknowledged: "firing"
            case .resolved: "resolved"
            }
        }
    }

    var phaseName: PhaseName {
        switch phase {
        case .ok: .ok
        case .pending: .pending
        case .active: .active
        case .acknowledged: .acknowledged
        case .resolved: .resolved
        }
    }
}
