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

/// Timers, earliest first: a binary heap of 16-byte entries over a ``SlotTable``.
///
/// Times are nanoseconds since an origin that the owner chooses. A cancelled timer leaves its
/// handler at once, and its entry when that comes up, or when half of the entries are such.
struct TimerQueue {
    private struct Entry {
        var deadline: Int64
        var token: UInt64
    }

    /// Below it the heap is not worth compacting.
    private static let smallest = 64

    private var heap: [Entry] = []
    private var handlers = SlotTable<any TimerHandler>()

    /// What one entry of the heap costs, in bytes.
    static var entryBytes: Int { MemoryLayout<Entry>.stride }

    /// How many entries the heap has, those of cancelled timers included.
    var entryCount: Int { heap.count }

    /// How many timers wait.
    var count: Int { handlers.count }

    mutating func schedule(at deadline: Int64, _ handler: any TimerHandler) -> TimerID {
        let token = handlers.insert(handler, number: 0)
        heap.append(Entry(deadline: deadline, token: token))
        siftUp(from: heap.count - 1)
        return TimerID(token: token)
    }

    /// Cancels a timer, and returns its handler: if it dies, then not in here, since it may
    /// cancel others as it does.
    mutating func cancel(_ timer: TimerID) -> (any TimerHandler)? {
        let handler = handlers.remove(timer.token)
        if heap.count > Self.smallest, heap.count > handlers.count * 2 { compact() }
        return handler
    }

    /// The time of the earliest timer.
    mutating func earliest() -> Int64? {
        while let first = heap.first {
            if handlers[first.token] != nil { return first.deadline }
            removeFirst()
        }
        return nil
    }

    /// Moves all timers that are due by `now` into `due`, earliest first.
    ///
    /// They can still be cancelled, until ``take(_:)``.
    mutating func collect(upTo now: Int64, into due: inout [TimerID]) {
        while let first = heap.first, first.deadline <= now {
            removeFirst()
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

    private mutating func compact() {
        heap.removeAll { handlers[$0.token] == nil }
        for index in (0..<heap.count / 2).reversed() { siftDown(from: index) }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(from: 0)
    }

    private mutating func siftUp(from index: Int) {
        var index = index
        let entry = heap[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard entry.deadline < heap[parent].deadline else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    private mutating func siftDown(from index: Int) {
        var index = index
        let entry = heap[index]
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline {
                child += 1
            }
            guard heap[child].deadline < entry.deadline else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = entry
    }
}
