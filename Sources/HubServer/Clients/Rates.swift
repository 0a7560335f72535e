import Admission
import Bytes
import HTTP1
import Hub
import Log
import Reactor
import Settings

/// The rates that clients are held to, as all loops ask; only where there are some.
///
/// Any thread may ask.
final class Rates: Sendable {
    let limits: RateLimits
    private let table: Locked<RateTable>

    private init(_ limits: RateLimits) {
        self.limits = limits
        table = Locked(RateTable(limits))
    }

    /// Reads what the operator wants; `nil` for no rate at all.
    ///
    /// - Throws: In words for the operator, where two limits are of one unit.
    static func make(_ settings: HubSettings) throws(StartFault) -> Rates? {
        guard !settings.rate.isEmpty else { return nil }
        do {
            return Rates(try RateLimits(settings.rate))
        } catch {
            throw StartFault(
                "rate: \(error.first.text) and \(error.second.text) are of one unit; give one for "
                    + "each of s, min, hour and day")
        }
    }

    /// Takes one of what a client may ask for, if there is one left.
    func take(for party: Party, now: EventLoop.Instant) -> RateVerdict {
        table.withLock { $0.take(for: party, now: now) }
    }
}

extension Worker {
    /// Finds out who has sent a request, what is refused before anything is looked at, and whether
    /// it is within the rates of its client.
    ///
    /// - Returns: What came of counting it; `nil` where it is not counted: without rates, for
    ///   probes and for the operator.
    func examine(
        _ request: inout Hub.Request, on connection: Connection, isOperator: Bool
    ) -> RateVerdict? {
        admit(&request, on: connection, isOperator: isOperator)
        holdToAudit(&request)
        guard shared.rates != nil, !request.isProbe else { return nil }
        return charge(request.principal, from: request.client)
    }

    /// Counts what somebody asks for; `nil` also for those who have neither a name nor an address
    /// that is counted.
    func charge(_ principal: Principal, from client: AddressKey) -> RateVerdict? {
        guard let rates = shared.rates, let party = Party(principal, from: client) else {
            return nil
        }
        let verdict = rates.take(for: party, now: loop.now)
        if !verdict.isAdmitted {
            note(
                .pastRate, by: party.text,
                "rate is \(rates.limits.text); raise it, or give each program a key of its own")
        }
        return verdict
    }

    /// What the rules say to a request, or that it is one too many.
    @inline(__always)
    func react(to request: Hub.Request, _ verdict: RateVerdict?) -> Reaction {
        verdict == nil ? rules.react(to: request) : reactWithin(verdict, to: request)
    }

    @inline(never)
    private func reactWithin(_ verdict: RateVerdict?, to request: Hub.Request) -> Reaction {
        if let refusal = refusal(verdict) {
            return .respond(refusal.response(instance: request.head.target.path))
        }
        return rules.react(to: request)
    }

    /// 429 for what came past the rates.
    func refusal(_ verdict: RateVerdict?) -> Problem? {
        guard let verdict, let rates = shared.rates else { return nil }
        return .rateLimited(verdict, rates.limits)
    }

    /// What an answer says beside what it is.
    @inline(__always)
    func fields(for head: RequestHead, _ verdict: RateVerdict?) -> Fields {
        let fields = shared.browserGate.fields(for: head)
        return verdict == nil ? fields : joined(fields, self.fields(verdict))
    }

    private func joined(_ fields: Fields, _ more: Fields) -> Fields {
        var fields = fields
        for (name, value) in more { fields.append(name, value) }
        return fields
    }

    /// What an answer says of the rates.
    func fields(_ verdict: RateVerdict?) -> Fields {
        guard let verdict, let rates = shared.rates else { return [:] }
        return verdict.fields(rates.limits)
    }
}

extension Party {
    /// Whose traffic it is: by the name of who has said who they are, else by the address; `nil`
    /// for the operator, and for addresses that no limit counts.
    init?(_ principal: Principal, from client: AddressKey) {
        guard principal != .operator else { return nil }
        if let name = principal.keyOwner {
            self = .principal(name)
        } else if client.isCounted {
            self = .address(client)
        } else {
            return nil
        }
    }
}
