import Hub
import Log
import PubSub
import Reactor

// What a subscription decides, carried out.
extension Consumer {
    func perform(_ actions: [Subscription.Action], of id: UInt32) {
        for action in actions { perform(action, of: id) }
        if index(of: id).map({ subscriptions[$0].subscription.isParked }) == true {
            worker.parked.insert(token)
        }
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
            guard subscriptions.count == 1, !isQuiet(id) else { return }
            outlet?.say(.bookmark(worker.cursor(position)))
        case .sendCaughtUp(let position):
            caughtUp(at: position, id)
        case .read(let query):
            read(query, for: id)
        case .awaitDrain:
            if outlet?.isDrained == true { worker.resume(token) }
        case .join:
            join(id)
        }
    }

    private func announce(_ verdict: Subscription.Verdict, at position: UInt64, _ id: UInt32) {
        if verdict == .reset { worker.metrics.resets.add() }
        guard index(of: id) != nil, !isQuiet(id), let request = takeAsked(id) else { return }
        outlet?.say(
            .subscribed(
                request.patterns, verdict, cursor: worker.cursor(safe(position, id)),
                ref: request.ref))
    }

    /// Ends a subscription whose patterns were all given up while its first page was read.
    func abandon(_ id: UInt32) {
        announce(.live, at: worker.tail.head, id)
        _ = takeAsked(id)
        subscriptions.removeAll { $0.id == id }
    }

    /// The newest position from which a reconnect misses nothing of the other subscriptions.
    private func safe(_ position: UInt64, _ id: UInt32) -> UInt64 {
        let fannedOut = outlet?.isDrained == true ? position : outlet?.sentThrough ?? position
        return subscriptions.filter { $0.id != id }.reduce(position) { safe, entry in
            min(safe, entry.subscription.isLive ? fannedOut : entry.subscription.position)
        }
    }

    private func caughtUp(at position: UInt64, _ id: UInt32) {
        guard index(of: id) != nil else { return }
        let wasQuiet = takeAsked(id)?.isQuiet == true
        let isFirst = !subscriptions.contains { $0.id != id && $0.subscription.isLive }
        if isFirst { outlet?.reached(position) }
        if !wasQuiet { outlet?.sayCaughtUp(worker.cursor(safe(position, id))) }
    }

    private func isQuiet(_ id: UInt32) -> Bool {
        asked(id)?.isQuiet == true
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
        // What is left of a page is a part of it: all of it, if it is as many.
        if let arrived = worker.reads.arrived, arrived.page.through == through,
            arrived.page.events.count == events.count
        {
            outlet?.replay(arrived)
        } else {
            outlet?.replay(events, through: through)
        }
    }

    /// Hands the subscription's patterns to the fan-out.
    private func join(_ id: UInt32) {
        guard let index = index(of: id), subscriptions[index].subscription.isLive else { return }
        let joined = subscriptions[index].subscription
        isLive = true
        enter(joined.patterns)
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

    func index(of id: UInt32) -> Int? { subscriptions.firstIndex { $0.id == id } }
}
