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
    /// Whose bytes fan-out shares; `nil` for who collects events instead.
    let encoder: Encoder?
    let worker: Worker
    /// Let go of in ``end()``, for it holds the consumer as well.
    var outlet: (any Outlet)?
    let token: Registration
    var subscriptions: [Entry] = []
    private var nextID: UInt32 = 0
    /// Pages that are to be read; one at a time is under way, so that a page is all that a
    /// consumer adds to what waits.
    private var reads: [(id: UInt32, query: PageQuery)] = []
    private var isReading = false
    private var lastLag: EventLoop.Instant?
    private var bookmarked: UInt64
    /// Whether fan-out may hand it events; false as soon as it fell behind within a run.
    var isLive = false

    struct Entry {
        var id: UInt32
        var subscription: Subscription
        /// What was asked for, until it is announced; of a quiet one, until it has caught up.
        ///
        /// In a box, for most live long without it.
        var asked: Asked?
        var isQuiet: Bool { asked?.request.isQuiet == true }
    }

    final class Asked {
        let request: SubscribeRequest

        init(_ request: SubscribeRequest) { self.request = request }
    }

    /// The shortest time between two `lag` messages (WIRE §4).
    private static let lagInterval = Duration.seconds(5)

    init(_ worker: Worker, token: Registration, encoder: Encoder?, outlet: any Outlet) {
        self.worker = worker
        self.token = token
        self.encoder = encoder
        self.outlet = outlet
        bookmarked = worker.tail.head
    }

    // MARK: What the client asks for

    /// Subscribes, or says why not.
    func subscribe(_ request: SubscribeRequest) {
        guard hasRoom(for: Set(request.patterns)) else {
            let limit = worker.rules.limits.maxSubscriptions
            let text = "a connection may have \(limit) groups; unsubscribe from some"
            outlet?.say(.error(.tooManySubscriptions, text, ref: request.ref))
            return
        }
        giveUp(request.patterns)
        worker.metrics.subscriptions.add(request.patterns.count)
        nextID &+= 1
        let patterns = request.patterns.map(worker.table.sharing)
        let head = worker.tail.head
        let start = request.since.start(epoch: worker.rules.epoch, now: worker.wallClock())
        guard let (start, isReset) = start else {
            let subscription = Subscription(
                liveTo: patterns, head: head, pageBytes: worker.pageBytes)
            append(subscription, request)
            return perform([.announce(.live, position: head), .join], of: nextID)
        }
        let (subscription, query) = Subscription.resuming(
            patterns, from: start, isReset: isReset, pageBytes: worker.pageBytes)
        append(subscription, request)
        read(query, for: nextID)
    }

    private func append(_ subscription: Subscription, _ request: SubscribeRequest) {
        // Nearly all have one, and keep it for long: no room for another.
        if subscriptions.isEmpty { subscriptions.reserveCapacity(1) }
        subscriptions.append(
            Entry(id: nextID, subscription: subscription, asked: Asked(request)))
    }

    /// Whether all subscriptions are within the limit; one that was given up before it was
    /// announced counts until it is.
    private func hasRoom(for patterns: Set<GroupPattern>) -> Bool {
        let others = subscriptions.reduce(0) { count, entry in
            count + max(1, entry.subscription.patterns.count { !patterns.contains($0) })
        }
        return others + patterns.count <= worker.rules.limits.maxSubscriptions
    }

    func unsubscribe(_ patterns: [GroupPattern], ref: [UInt8]?) {
        giveUp(patterns)
        outlet?.say(.unsubscribed(patterns, ref: ref))
    }

    /// Takes the patterns out of whatever subscription has them.
    private func giveUp(_ patterns: [GroupPattern]) {
        let given = Set(patterns)
        for index in subscriptions.indices {
            let removed = subscriptions[index].subscription.remove { given.contains($0) }
            worker.metrics.subscriptions.add(-removed.count)
            for pattern in removed { worker.table.remove(Subscriber(self), from: pattern) }
        }
        subscriptions.removeAll { $0.subscription.interests.isEmpty && $0.asked == nil }
        if subscriptions.isEmpty { isLive = false }
    }

    /// Ends all subscriptions: the connection is gone.
    func end() {
        giveUp(subscriptions.flatMap(\.subscription.patterns))
        subscriptions = []
        isLive = false
        outlet = nil
        worker.parked.remove(token)
        worker.retire(self)
    }

    // MARK: What the loop brings

    /// Takes events that all live consumers of a group get.
    func deliver(_ events: ArraySlice<Event>, through: UInt64) {
        if isLive { outlet?.deliver(events, through: through) }
    }

    /// Takes the same, encoded once for all.
    func deliver(encoded: [UInt8], through: UInt64) {
        if isLive { outlet?.deliver(encoded: encoded, through: through) }
    }

    /// Takes a page that was read for one of the subscriptions.
    func received(_ result: Result<Page, EngineError>, for id: UInt32) {
        isReading = false
        defer { readNext() }
        guard let index = index(of: id) else { return }
        guard !subscriptions[index].subscription.interests.isEmpty else { return abandon(id) }
        switch result {
        case .success(let page):
            let actions = subscriptions[index].subscription.received(
                page, tail: worker.tail, isQueueEmpty: outlet?.isDrained ?? true)
            perform(actions, of: id)
        case .failure(let error):
            outlet?.giveUp(Failure(error))
        }
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
            for pattern in subscriptions[index].subscription.patterns {
                worker.table.remove(Subscriber(self), from: pattern)
            }
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
        if let lastLag, now < lastLag + Self.lagInterval { return }
        lastLag = now
        let behind = worker.tail.head - min(position, worker.tail.head)
        outlet?.say(.lag(worker.cursor(position), behind: behind))
    }

    func read(_ query: PageQuery, for id: UInt32) {
        reads.append((id, query))
        readNext()
    }

    private func readNext() {
        guard !isReading, !reads.isEmpty else { return }
        let (id, query) = reads.removeFirst()
        isReading = true
        worker.metrics.pagesRead.add()
        let (mailbox, token) = (worker.mailbox, token)
        worker.engine.page(query) { mailbox.send(.page(token, id, $0)) }
    }
}
