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
    /// The encoding by which fan-out shares bytes; `nil` for who collects events instead.
    let encoding: Encoding?
    private let worker: Worker
    private weak var outlet: (any Outlet)?
    private let token: Registration
    private var subscriptions: [Entry] = []
    private var nextID: UInt32 = 0
    /// Pages that are to be read; one at a time is under way, so that a page is all that a
    /// consumer adds to what waits.
    private var reads: [(id: UInt32, query: PageQuery)] = []
    private var isReading = false
    private var lastLag: EventLoop.Instant?
    private var bookmarked: UInt64
    /// Whether fan-out may hand it events; false as soon as it fell behind within a run.
    private var isLive = false

    private struct Entry {
        var id: UInt32
        var subscription: Subscription
        /// What was asked for, until it is announced; of a quiet one, until it has caught up.
        var request: SubscribeRequest?
        var isQuiet: Bool { request?.isQuiet == true }
    }

    /// The shortest time between two `lag` messages (WIRE §4).
    private static let lagInterval = Duration.seconds(5)

    init(_ worker: Worker, token: Registration, encoding: Encoding?, outlet: any Outlet) {
        self.worker = worker
        self.token = token
        self.encoding = encoding
        self.outlet = outlet
        bookmarked = worker.tail.head
    }

    /// A subscription that was given up before it was announced counts until it is.
    private var patternCount: Int {
        subscriptions.reduce(0) { $0 + max(1, $1.subscription.interests.count) }
    }

    // MARK: What the client asks for

    /// Subscribes, or says why not.
    func subscribe(_ request: SubscribeRequest) {
        giveUp(request.patterns)
        guard patternCount + request.patterns.count <= worker.rules.limits.maxSubscriptions else {
            let limit = worker.rules.limits.maxSubscriptions
            let text = "a connection may have \(limit) groups; unsubscribe from some"
            outlet?.say(.error(.tooManySubscriptions, text, ref: request.ref))
            return
        }
        worker.metrics.subscriptions.add(request.patterns.count)
        nextID &+= 1
        let head = worker.tail.head
        guard
            let (start, isReset) = request.since.start(
                epoch: worker.rules.epoch, now: worker.wallClock())
        else {
            let subscription = Subscription(
                liveTo: request.patterns, head: head, pageBytes: worker.pageBytes)
            subscriptions.append(Entry(id: nextID, subscription: subscription, request: request))
            perform([.announce(.live, position: head), .join], of: nextID)
            return
        }
        let (subscription, query) = Subscription.resuming(
            request.patterns, from: start, isReset: isReset,
            pageBytes: worker.pageBytes)
        subscriptions.append(Entry(id: nextID, subscription: subscription, request: request))
        read(query, for: nextID)
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
        subscriptions.removeAll { $0.subscription.interests.isEmpty && $0.request == nil }
    }

    /// Ends all subscriptions: the connection is gone.
    func end() {
        giveUp(subscriptions.flatMap(\.subscription.patterns))
        subscriptions = []
        isLive = false
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
        switch result {
        case .success(let page):
            let actions = subscriptions[index].subscription.received(page, tail: worker.tail)
            perform(actions, of: id)
        case .failure(let error):
            outlet?.giveUp(Failure(error))
        }
    }

    /// Nothing waits to be sent any more.
    func drained() {
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
            perform(subscriptions[index].subscription.headMoved(tail: worker.tail), of: id)
        }
    }

    /// The consumer's queue was dropped; what it lacks is read from the log.
    ///
    /// - Parameter kept: The last position that it has, or will have from what is half sent.
    func fellBehind(at kept: UInt64) {
        worker.metrics.catchUps.add()
        guard worker.settings.onSlow == .catchUp else {
            outlet?.giveUp(.tooSlow)
            return
        }
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

    // MARK: Actions

    private func perform(_ actions: [Subscription.Action], of id: UInt32) {
        for action in actions { perform(action, of: id) }
    }

    private func perform(_ action: Subscription.Action, of id: UInt32) {
        switch action {
        case .announce(let verdict, let position):
            announce(verdict, at: position, id)
        case .sendGap(let gap):
            worker.metrics.gaps.add()
            outlet?.say(.gap(gap, epoch: worker.rules.epoch))
        case .deliver(let events, let through):
            deliver(events, through: through, id)
        case .sendBookmark(let position):
            if !isQuiet(id) { outlet?.say(.bookmark(worker.cursor(position))) }
        case .sendCaughtUp(let position):
            caughtUp(at: position, id)
        case .read(let query):
            read(query, for: id)
        case .awaitDrain:
            if outlet?.isDrained == true { worker.resume(token) }
        case .join:
            join(id)
        }
        if index(of: id).map({ subscriptions[$0].subscription.isParked }) == true {
            worker.parked.insert(token)
        }
    }

    private func announce(_ verdict: Subscription.Verdict, at position: UInt64, _ id: UInt32) {
        if verdict == .reset { worker.metrics.resets.add() }
        guard let index = index(of: id), !subscriptions[index].isQuiet,
            let request = subscriptions[index].request.take()
        else { return }
        outlet?.say(
            .subscribed(
                request.patterns, verdict, cursor: worker.cursor(position), ref: request.ref))
    }

    private func caughtUp(at position: UInt64, _ id: UInt32) {
        guard let index = index(of: id) else { return }
        let wasQuiet = subscriptions[index].isQuiet
        subscriptions[index].request = nil
        if !wasQuiet { outlet?.sayCaughtUp(worker.cursor(position)) }
    }

    private func isQuiet(_ id: UInt32) -> Bool {
        index(of: id).map { subscriptions[$0].isQuiet } ?? false
    }

    private func deliver(_ events: [Event], through: UInt64, _ id: UInt32) {
        var events = events
        if subscriptions.count > 1 {
            let others = subscriptions.filter { $0.id != id }
            let head = worker.tail.head
            events.removeAll { event in
                others.contains { $0.subscription.hasDelivered(event, head: head) }
            }
        }
        worker.metrics.deliveries.add(events.count)
        outlet?.replay(events, through: through)
    }

    private func read(_ query: PageQuery, for id: UInt32) {
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

    /// Hands the subscription's patterns to the fan-out.
    private func join(_ id: UInt32) {
        guard let index = index(of: id), subscriptions[index].subscription.isLive else { return }
        let joined = subscriptions[index].subscription
        isLive = true
        for pattern in joined.patterns { worker.table.add(Subscriber(self), to: pattern) }
        guard
            let other = subscriptions.indices.first(where: {
                $0 != index && subscriptions[$0].subscription.isLive
            })
        else {
            outlet?.reached(worker.tail.head)
            return
        }
        subscriptions[other].subscription.merge(joined)
        subscriptions.remove(at: index)
    }

    private func index(of id: UInt32) -> Int? { subscriptions.firstIndex { $0.id == id } }
}
