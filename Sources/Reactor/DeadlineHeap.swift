/// Deadlines with the tokens that they are for, earliest first: a binary heap of 16 bytes each.
struct DeadlineHeap {
    private struct Entry {
        var deadline: Int64
        var token: UInt64
    }

    private var heap: [Entry] = []

    /// What one entry costs, in bytes.
    static var entryBytes: Int { MemoryLayout<Entry>.stride }

    var count: Int { heap.count }

    /// The earliest deadline, in nanoseconds, and its token.
    var first: (deadline: Int64, token: UInt64)? {
        heap.first.map { ($0.deadline, $0.token) }
    }

    mutating func insert(_ token: UInt64, at deadline: Int64) {
        heap.append(Entry(deadline: deadline, token: token))
        siftUp(from: heap.count - 1)
    }

    mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(from: 0)
    }

    mutating func removeAll() { heap.removeAll() }

    /// Keeps those whose token is still wanted.
    mutating func keep(where isWanted: (UInt64) -> Bool) {
        heap.removeAll { !isWanted($0.token) }
        for index in (0..<heap.count / 2).reversed() { siftDown(from: index) }
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
