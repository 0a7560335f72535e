/// A timer that was scheduled; once it has fired or was cancelled it names nothing.
public struct TimerID: Hashable, Sendable {
    let token: UInt64
}

/// Is told when a time has come.
public protocol TimerHandler: AnyObject {
    /// Called on the loop's thread, once for each ``EventLoop/schedule(at:_:)``, not before
    /// its time.
    func timePassed(_ timer: TimerID)
}

/// Timers, earliest first: a ``DeadlineHeap`` over a ``SlotTable``.
///
/// Times are nanoseconds since an origin that the owner chooses. A cancelled timer leaves its
/// handler at once, and its entry when that comes up, or when half of the entries are such.
struct TimerQueue {
    /// Below it the heap is not worth compacting.
    private static let smallest = 64

    private var heap = DeadlineHeap()
    private var handlers = SlotTable<any TimerHandler>()

    /// How many entries the heap has, those of cancelled timers included.
    var entryCount: Int { heap.count }

    /// How many timers wait.
    var count: Int { handlers.count }

    mutating func schedule(at deadline: Int64, _ handler: any TimerHandler) -> TimerID {
        let token = handlers.insert(handler, number: 0)
        heap.insert(token, at: deadline)
        return TimerID(token: token)
    }

    /// Cancels a timer, and returns its handler: if it dies, then not in here, since it may
    /// cancel others as it does.
    mutating func cancel(_ timer: TimerID) -> (any TimerHandler)? {
        let handler = handlers.remove(timer.token)
        if heap.count > Self.smallest, heap.count > handlers.count * 2 {
            heap.keep { handlers[$0] != nil }
        }
        return handler
    }

    /// The time of the earliest timer.
    mutating func earliest() -> Int64? {
        while let first = heap.first {
            if handlers[first.token] != nil { return first.deadline }
            heap.removeFirst()
        }
        return nil
    }

    /// Moves all timers that are due by `now` into `due`, earliest first.
    ///
    /// They can still be cancelled, until ``take(_:)``.
    mutating func collect(upTo now: Int64, into due: inout [TimerID]) {
        while let first = heap.first, first.deadline <= now {
            heap.removeFirst()
            if handlers[first.token] != nil { due.append(TimerID(token: first.token)) }
        }
    }

    /// The handler of a timer that was collected, unless it has been cancelled since.
    mutating func take(_ timer: TimerID) -> (any TimerHandler)? {
        handlers.remove(timer.token)
    }

    /// Cancels all timers, and returns their handlers.
    mutating func removeAll() -> [any TimerHandler] {
        heap.removeAll()
        return handlers.removeAll()
    }
}
