import Log
import Reactor

/// A consumer of the log, from cursor to cursor over as many connections as it takes.
///
/// It does no I/O and has no clock: the owner feeds it events, carries out the actions that it
/// gets back in their order, and feeds `.timePassed` once `deadline` is reached.
///
/// Each event is delivered once and in the log's order, however often the connection breaks:
/// after each one the session asks again from the cursor of the last event that it delivered.
public struct TailSession: Sendable {
    /// How long the hub may take to answer a `subscribe`.
    public static let answerTimeout = Duration.seconds(10)

    public let plan: TailPlan
    public private(set) var state = State.idle
    /// The last place that was delivered or marked.
    public private(set) var cursor: Cursor?
    public private(set) var check: SequenceCheck
    /// How many events were delivered.
    public private(set) var delivered = 0
    /// How often events were missing: by the hub's own word, or by their numbers.
    public private(set) var holes = 0

    private var start: Since
    private(set) var startedAt: Instant?
    private var backoff: Backoff
    private var outage: (since: Instant, loss: ConnectionLoss)?
    private var slot: Duration?
    private(set) var ref: UInt64 = 0
    /// What was refused since the last `subscribe`.
    private var refusals: [ServerMessage.Refusal] = []
    private(set) var renewal = CredentialRenewal()
    /// What the last `goodbye` of the connection said.
    private var farewell: String?

    public init(_ plan: TailPlan, backoff: Backoff = Backoff()) {
        self.plan = plan
        self.backoff = backoff
        start = plan.start
        check = SequenceCheck(last: plan.lastSeqs)
        if case .cursor(let cursor) = plan.start { self.cursor = cursor }
    }

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - now: The time of the turn.
    ///   - random: Where the jitter of the back-off comes from.
    ///   - actions: What is to be done is appended here.
    public mutating func handle(
        _ event: Event, now: Instant, random: inout some RandomNumberGenerator,
        into actions: inout [Action]
    ) {
        switch (state, event) {
        case (.ended, _): break
        case (.idle, .start):
            startedAt = now
            dial(&actions)
        case (.dialing, .connected): subscribe(now, &actions)
        case (_, .received(let message)): receive(message, now, &actions)
        case (.waiting, .disconnected), (.idle, .disconnected): break
        case (_, .disconnected(let loss)): lose(loss, now, &random, &actions)
        case (_, .credential(let reading)): take(reading, now, &random, &actions)
        case (_, .timePassed): passTime(now, &random, &actions)
        case (_, .stop(let ending)): end(ending, &actions)
        case (_, .start), (_, .connected): break
        }
    }
}

// MARK: - Connections

extension TailSession {
    private mutating func dial(_ actions: inout [Action]) {
        state = .dialing
        slot = nil
        farewell = nil
        renewal = CredentialRenewal()
        actions.append(.dial)
    }

    private mutating func subscribe(_ now: Instant, _ actions: inout [Action]) {
        ref += 1
        state = .subscribing(until: now + Self.answerTimeout)
        refusals = []
        let since = cursor.map(Since.cursor) ?? aged(start, now)
        actions.append(
            .send(ClientMessage.subscribe(groups: plan.groups, since: since.text, ref: ref)))
    }

    private mutating func lose(
        _ loss: ConnectionLoss, _ now: Instant, _ random: inout some RandomNumberGenerator,
        _ actions: inout [Action]
    ) {
        if loss.isOfCredentials, farewell != Self.sentAway {
            state = .unauthorized(loss)
            return actions.append(.readCredential)
        }
        guard !loss.isFinal else { return end(.refused(Notice.describe(loss)), &actions) }
        if loss.isOfAddress, ref == 0 { return end(.refused(Notice.describe(loss)), &actions) }
        if plan.needsHub, ref == 0 { return end(.unreachable(Notice.describe(loss)), &actions) }
        if loss.isOverload { backoff.slowDown() }
        waitAfter(loss, now, &random, &actions)
    }

    private mutating func waitAfter(
        _ loss: ConnectionLoss, _ now: Instant, _ random: inout some RandomNumberGenerator,
        _ actions: inout [Action]
    ) {
        let wait = slot ?? loss.wait ?? backoff.next(using: &random)
        slot = nil
        if outage?.loss != loss { actions.append(.report(.lost(loss, retryIn: wait))) }
        outage = (outage?.since ?? now, loss)
        state = .waiting(until: now + wait)
    }

    private mutating func passTime(
        _ now: Instant, _ random: inout some RandomNumberGenerator, _ actions: inout [Action]
    ) {
        if let startedAt, let timeout = plan.timeout, now >= startedAt + timeout {
            return end(.timedOut, &actions)
        }
        switch state {
        case .waiting(let until) where now >= until: dial(&actions)
        case .subscribing(let until) where now >= until:
            if let refusal = refusals.last { return end(.init(refusal), &actions) }
            actions.append(.hangUp)
            lose(.failed("the hub did not answer the subscription"), now, &random, &actions)
        case .postponed(let until) where now >= until: subscribe(now, &actions)
        case .replaying, .live:
            switch renewal.timePassed(now) {
            case .none: break
            case .look: actions.append(.readCredential)
            case .show: actions.append(.authenticate(ref: CredentialRenewal.ref))
            }
        case .idle, .dialing, .subscribing, .postponed, .unauthorized, .waiting, .ended: break
        }
    }

    private mutating func end(_ ending: TailEnding, _ actions: inout [Action]) {
        state = .ended
        actions.append(.end(ending))
    }
}

// MARK: - Messages

extension TailSession {
    private mutating func receive(
        _ message: ServerMessage, _ now: Instant, _ actions: inout [Action]
    ) {
        switch message {
        case .event(let event): receive(event, &actions)
        case .welcome(let welcome):
            if outage == nil { actions.append(.report(.connected(welcome))) }
        case .subscribed(let answer): subscribed(answer, now, &actions)
        case .caughtUp(let cursor): caughtUp(cursor, &actions)
        case .bookmark(let cursor): advance(to: cursor, &actions)
        case .gap(let gap):
            holes += 1
            check.forget(gap.group)
            actions.append(.report(.gap(gap)))
        case .lag:
            guard isStreaming else { return }
            state = .replaying
            actions.append(.report(.lagging))
        case .authExpiring(let time):
            renewal.begin(endsAt: time, now)
            actions.append(.readCredential)
        case .authenticated(let time):
            renewal = CredentialRenewal()
            actions.append(.report(.credentialRenewed(until: time)))
        case .goodbye(let reason, let reconnectIn):
            slot = reconnectIn
            farewell = reason
            if outage == nil { actions.append(.report(.goodbye(reason: reason))) }
        case .error(let refusal): refused(refusal, now, &actions)
        case .published, .pong, .other: break
        }
    }

    private mutating func receive(_ event: EventLine, _ actions: inout [Action]) {
        // Why: what comes before the answer is of a subscription that the hub made by itself
        // (`GET /`); the replay brings it again, at its place.
        guard isStreaming else { return }
        if let cursor, cursor.epoch == event.cursor.epoch {
            guard event.cursor.position > cursor.position else { return }
        } else if cursor != nil {
            check.forgetAll()
        }
        switch check.observe(event.seq, of: event.group) {
        case .contiguous: break
        case .missing(let expected, let found), .repeated(let expected, let found):
            holes += 1
            actions.append(
                .report(.sequenceGap(group: event.group, expected: expected, found: found)))
        }
        cursor = event.cursor
        delivered += 1
        backoff.reset()
        actions.append(.deliver(event))
        if delivered == plan.count { end(.counted, &actions) }
    }

    private mutating func subscribed(
        _ answer: ServerMessage.Subscribed, _ now: Instant, _ actions: inout [Action]
    ) {
        guard case .subscribing = state, answer.ref == nil || answer.ref == ref else { return }
        state = .replaying
        if let outage {
            actions.append(.report(.resumed(answer.verdict, after: now - outage.since)))
        }
        outage = nil
        switch answer.verdict {
        case .complete, .gap: break
        case .live:
            state = .live
            backoff.reset()
        case .reset:
            cursor = nil
            start = .earliest
            check.forgetAll()
            actions.append(.report(.reset))
        }
        // Why: a cursor of ours is not moved by an answer, since the replay is still to come.
        if cursor == nil, let place = answer.cursor { advance(to: place, &actions) }
    }

    private mutating func caughtUp(_ cursor: Cursor?, _ actions: inout [Action]) {
        guard isStreaming else { return }
        if let cursor { advance(to: cursor, &actions) }
        state = .live
        backoff.reset()
        actions.append(.report(.caughtUp))
        if plan.endsCaughtUp { end(.caughtUp, &actions) }
    }

    /// Goes forward to `place`; never back within an epoch.
    private mutating func advance(to place: Cursor, _ actions: inout [Action]) {
        guard isStreaming else { return }
        if let cursor, cursor.epoch == place.epoch {
            guard place.position > cursor.position else { return }
        }
        cursor = place
        actions.append(.mark(place))
    }

    private mutating func refused(
        _ refusal: ServerMessage.Refusal, _ now: Instant, _ actions: inout [Action]
    ) {
        let isLast = isAboutGroups(refusal) && refusals.count + 1 >= plan.groups.count
        if isLast, refusal.retryAfter == nil { return end(.init(refusal), &actions) }
        // What is said of a connection that is turned away was said of the first one.
        if outage == nil || refusal.ref != nil || isStreaming {
            actions.append(.report(.refused(refusal)))
        }
        switch (isAboutGroups(refusal), refusal.retryAfter) {
        // A group that is refused is an error of its own; the others go on (WIRE §4).
        case (true, nil): refusals.append(refusal)
        // Too much was asked, on this connection or another: the same is asked again on this one.
        case (true, let wait?): state = .postponed(until: now + wait)
        case (false, let wait?) where refusal.ref == CredentialRenewal.ref:
            renewal.postpone(until: now + wait)
        case (false, _): break
        }
    }

}

// MARK: - Credentials

extension TailSession {
    /// The reason of a `goodbye` to whom the operator wants to be gone, whatever their key.
    private static let sentAway = "ended_by_operator"

    private mutating func take(
        _ reading: Credential.Reading, _ now: Instant,
        _ random: inout some RandomNumberGenerator, _ actions: inout [Action]
    ) {
        switch (state, reading) {
        case (.unauthorized(let loss), .another):
            actions.append(.report(.credentialChanged))
            waitAfter(loss, now, &random, &actions)
        case (.unauthorized(let loss), _): end(.init(loss, reading), &actions)
        case (.subscribing, .another), (.postponed, .another), (.replaying, .another),
            (.live, .another):
            actions.append(.authenticate(ref: CredentialRenewal.ref))
        case (.subscribing, _), (.postponed, _), (.replaying, _), (.live, _):
            if let notice = renewal.take(reading) { actions.append(.report(notice)) }
        case (.idle, _), (.dialing, _), (.waiting, _), (.ended, _): break
        }
    }
}
