import Bytes
import Hub
import Log
import PubSub
import Reactor

/// One consumer on its loop: its subscriptions, and what moves them on.
///
/// A consumer has at most one live subscription: those that catch up later become part of
/// it, so that one order holds for all that it is sent.
final class Consumer {
    /// Held until the connection lets go of its conversation, and that of this.
    private let connection: Connection
    var subscriptions = Few<Entry>()
    private var bookmarked: UInt64
    private var pending: Pending?
    /// How fan-out reaches it while it is live.
    private let delivery: Delivery

    var worker: Worker { connection.worker }
    var token: Registration { connection.token }
    var outlet: (any Outlet)? { connection.outlet }
    /// What subscribes is told to it; what only waits for one answer is a request.
    private var audit: AuditTrail? { delivery == .collected ? nil : connection.audit }
    /// Whether fan-out may hand it events; false as soon as it fell behind within a run.
    var isLive: Bool {
        get { connection.delivery != .none }
        set { connection.delivery = newValue ? delivery : .none }
    }

    struct Entry {
        var subscription: Subscription
        var id: UInt32
    }

    /// What only a consumer has that is not idle.
    final class Pending {
        /// What was asked for, until it is announced; of a quiet one, until it has caught up.
        var asked: [UInt32: SubscribeRequest] = [:]
        /// Pages that are to be read.
        ///
        /// The first is under way, one at a time, so that a page is all that a consumer adds to
        /// what waits.
        var reads: [(id: UInt32, query: PageQuery)] = []
        /// When `lag` may be said again.
        var nextLag = EventLoop.Instant(nanoseconds: .min)
    }

    /// The shortest time between two `lag` messages (WIRE §4).
    private static let lagInterval = Duration.seconds(5)

    init(_ connection: Connection, _ delivery: Delivery) {
        self.connection = connection
        self.delivery = delivery
        bookmarked = connection.worker.tail.head
    }

    // MARK: What the client asks for

    /// Subscribes, or says why not.
    func subscribe(_ request: SubscribeRequest) {
        if !request.forbidden.isEmpty { refuse(request) }
        guard !request.patterns.isEmpty else {
            audit?.subscribed(connection.conversation?.identity, request, isGranted: false)
            return
        }
        guard hasRoom(for: Set(request.patterns)) else {
            let limit = worker.rules.limits.maxSubscriptions
            let text = "a connection may have \(limit) groups; unsubscribe from some"
            connection.note(.tooManySubscriptions, "a connection may have \(limit)")
            outlet?.say(.error(.tooManySubscriptions, text, ref: request.ref))
            audit?.subscribed(connection.conversation?.identity, request, isGranted: false)
            return
        }
        audit?.subscribed(connection.conversation?.identity, request, isGranted: true)
        giveUp(request.patterns)
        worker.metrics.subscriptions.add(request.patterns.count)
        let id = worker.nextSubscription()
        let patterns = request.patterns.map(worker.table.sharing)
        let head = worker.tail.head
        let start = request.since.start(epoch: worker.rules.epoch, now: worker.wallClock())
        guard let (start, isReset) = start else {
            let subscription = Subscription(
                liveTo: patterns, head: head, pageBytes: worker.pageBytes)
            append(subscription, request, id)
            return perform([.announce(.live, position: head), .join], of: id)
        }
        let (subscription, query) = Subscription.resuming(
            patterns, from: start, isReset: isReset, pageBytes: worker.pageBytes)
        append(subscription, request, id)
        read(query, for: id)
    }

    private func refuse(_ request: SubscribeRequest) {
        connection.conversation?.identity?.refuse(request.forbidden)
        for pattern in request.forbidden { outlet?.say(.forbidden(pattern, ref: request.ref)) }
    }

    private func append(
        _ subscription: Subscription, _ request: SubscribeRequest, _ id: UInt32
    ) {
        subscriptions.append(Entry(subscription: subscription, id: id))
        pend().asked[id] = request
    }

    /// Whether all subscriptions are within the limit; one that was given up before it was
    /// announced counts until it is.
    private func hasRoom(for patterns: Set<GroupPattern>) -> Bool {
        let others = subscriptions.reduce(0) { count, entry in
            count + max(1, entry.subscription.patterns.count { !patterns.contains($0) })
        }
        worker.patternsLookedAt += others
        return others + patterns.count <= worker.rules.limits.maxSubscriptions
    }

    func unsubscribe(_ patterns: [GroupPattern], ref: [UInt8]?) {
        giveUp(patterns)
        audit?.unsubscribed(connection.conversation?.identity, patterns)
        outlet?.say(.unsubscribed(patterns, ref: ref))
    }

    /// Takes the patterns out of whatever subscription has them.
    private func giveUp(_ patterns: [GroupPattern]) {
        let given = Set(patterns)
        for index in subscriptions.indices {
            worker.patternsLookedAt += subscriptions[index].subscription.interests.count
            let removed = subscriptions[index].subscription.remove { given.contains($0) }
            worker.metrics.subscriptions.add(-removed.count)
            leave(removed)
        }
        subscriptions.removeAll { $0.subscription.interests.isEmpty && asked($0.id) == nil }
        if subscriptions.isEmpty { isLive = false }
    }

    /// Ends all subscriptions: the connection is gone.
    func end() {
        if let departure = connection.departure(of: self) { worker.departures.add(departure) }
        giveUp(subscriptions.flatMap(\.subscription.patterns))
        subscriptions = Few()
        pending = nil
        isLive = false
        worker.parked.remove(token)
    }

    /// Puts the connection into the table of those that fan-out reaches.
    func enter(_ patterns: [GroupPattern]) {
        for pattern in patterns { worker.table.add(Subscriber(connection), to: pattern) }
    }

    private func leave(_ patterns: [GroupPattern]) {
        for pattern in patterns { worker.table.remove(Subscriber(connection), from: pattern) }
    }

    // MARK: What the loop brings

    /// Takes events that all live consumers of a group get, where it collects them.
    func deliver(_ events: ArraySlice<Event>, through: UInt64) {
        outlet?.deliver(events, through: through)
    }

    /// Takes a page that was read for one of the subscriptions.
    func received(_ shared: SharedPage, for id: UInt32) {
        defer { goOnReading() }
        guard let index = index(of: id) else { return }
        guard !subscriptions[index].subscription.interests.isEmpty else { return abandon(id) }
        let actions = subscriptions[index].subscription.received(
            shared.page, tail: worker.tail, isQueueEmpty: outlet?.isDrained ?? true)
        perform(actions, of: id)
    }

    /// Takes the news that a page could not be read.
    func failed(_ error: EngineError, for id: UInt32) {
        defer { goOnReading() }
        guard let index = index(of: id) else { return }
        guard !subscriptions[index].subscription.interests.isEmpty else { return abandon(id) }
        outlet?.giveUp(Failure(error))
    }

    private func goOnReading() {
        if pending?.reads.isEmpty == false { pending?.reads.removeFirst() }
        readNext()
    }

    /// Nothing waits to be sent any more.
    func drained() {
        // Nearly always, after each event: one subscription, and it is live.
        if subscriptions.count == 1, subscriptions[0].subscription.isLive { return }
        for id in subscriptions.map(\.id) {
            guard outlet?.isDrained == true else { return }
            guard let index = index(of: id) else { continue }
            perform(subscriptions[index].subscription.drained(tail: worker.tail), of: id)
        }
    }

    /// The loop has fanned out up to a new head.
    func headMoved() {
        for id in subscriptions.map(\.id) {
            guard let index = index(of: id) else { continue }
            let actions = subscriptions[index].subscription.headMoved(
                tail: worker.tail, isQueueEmpty: outlet?.isDrained ?? true)
            perform(actions, of: id)
        }
    }

    /// The consumer's queue was dropped; what it lacks is read from the log.
    ///
    /// - Parameter kept: The last position that it has, or will have from what is half sent.
    func fellBehind(at kept: UInt64) {
        connection.note(.slowConsumer)
        guard worker.settings.onSlow == .catchUp else {
            isLive = false
            outlet?.giveUp(.tooSlow)
            return
        }
        readAgain(after: kept)
    }

    /// Goes back to the log, by the consumer's fault or the hub's own.
    func readAgain(after kept: UInt64) {
        worker.metrics.catchUps.add()
        isLive = false
        for index in subscriptions.indices where subscriptions[index].subscription.isLive {
            leave(subscriptions[index].subscription.patterns)
            subscriptions[index].subscription.fellBehind(at: kept)
        }
        sayLag(at: kept)
        if outlet?.isDrained == true { worker.resume(token) }
    }

    /// Lets a quiet consumer's cursor advance over what it does not want.
    func bookmark() {
        let head = worker.tail.head
        guard outlet?.isDrained == true, head > bookmarked,
            subscriptions.contains(where: \.subscription.isLive),
            subscriptions.allSatisfy(\.subscription.isLive)
        else { return }
        bookmarked = head
        outlet?.say(.bookmark(worker.cursor(head)))
    }

    private func sayLag(at position: UInt64) {
        let now = worker.loop.now
        guard now >= pend().nextLag else { return }
        pend().nextLag = now + Self.lagInterval
        let behind = worker.tail.head - min(position, worker.tail.head)
        outlet?.say(.lag(worker.cursor(position), behind: behind))
    }

    func read(_ query: PageQuery, for id: UInt32) {
        let pending = pend()
        pending.reads.append((id, query))
        if pending.reads.count == 1 { readNext() }
    }

    private func readNext() {
        guard let (id, query) = pending?.reads.first else { return settle() }
        worker.reads.read(query, for: PageCache.Reader(token: token, id: id))
    }

    // MARK: What is pending

    /// What was asked for by a subscription that has not said where it starts.
    func asked(_ id: UInt32) -> SubscribeRequest? { pending?.asked[id] }

    func takeAsked(_ id: UInt32) -> SubscribeRequest? {
        let request = pending?.asked.removeValue(forKey: id)
        settle()
        return request
    }

    private func pend() -> Pending {
        if let pending { return pending }
        let new = Pending()
        pending = new
        return new
    }

    /// Gives back the memory of what is not pending any more.
    private func settle() {
        guard let pending, pending.reads.isEmpty, pending.asked.isEmpty,
            pending.nextLag <= worker.loop.now
        else { return }
        self.pending = nil
    }
}
