/// Handlers by number, each number good for one stay only.
///
/// A token is `generation << 32 | slot`. A slot is used again, a token not before its slot was
/// used 2^32 times: what is late, an event of a descriptor that was closed or a timer that was
/// cancelled, finds nothing. A slot costs 24 bytes, and is never given back.
struct SlotTable<Handler> {
    private struct Slot {
        var handler: Handler?
        var generation: UInt32
        /// A number of the owner's while taken, the next free slot while free.
        var number: UInt32
    }

    /// Says in `number` that no free slot follows.
    private static var none: UInt32 { .max }

    /// What one slot costs, in bytes.
    static var slotBytes: Int { MemoryLayout<Slot>.stride }

    private var slots: [Slot] = []
    private var firstFree = none
    private(set) var count = 0

    mutating func insert(_ handler: Handler, number: UInt32) -> UInt64 {
        count += 1
        guard firstFree != Self.none else {
            slots.append(Slot(handler: handler, generation: 1, number: number))
            return token(slot: slots.count - 1, generation: 1)
        }
        let index = Int(firstFree)
        firstFree = slots[index].number
        slots[index].handler = handler
        slots[index].number = number
        return token(slot: index, generation: slots[index].generation)
    }

    /// The handler of `token`, unless it was removed.
    subscript(token: UInt64) -> Handler? {
        guard let index = index(of: token) else { return nil }
        return slots[index].handler
    }

    /// All handlers.
    var all: [Handler] { slots.compactMap(\.handler) }

    /// Shows some handlers in the order of their slots.
    ///
    /// - Parameters:
    ///   - first: The slot to begin with.
    ///   - count: The most slots that are looked at.
    ///   - body: Takes a handler.
    /// - Returns: The slot to go on with; `nil` at the end.
    func visit(from first: Int, atMost count: Int, _ body: (Handler) -> Void) -> Int? {
        guard first < slots.count else { return nil }
        let end = first + min(count, slots.count - first)
        for slot in slots[first..<end] { slot.handler.map(body) }
        return end < slots.count ? end : nil
    }

    func number(of token: UInt64) -> UInt32? {
        guard let index = index(of: token) else { return nil }
        return slots[index].number
    }

    /// Removes the handler of `token`, and returns it.
    mutating func remove(_ token: UInt64) -> Handler? {
        guard let index = index(of: token), let handler = slots[index].handler else { return nil }
        count -= 1
        slots[index].handler = nil
        // Never 0, so that the token 0 names nothing, after 2^32 stays either.
        let generation = slots[index].generation
        slots[index].generation = generation == .max ? 1 : generation + 1
        slots[index].number = firstFree
        firstFree = UInt32(index)
        return handler
    }

    /// Removes all handlers, and returns them.
    mutating func removeAll() -> [Handler] {
        slots.indices.compactMap { remove(token(slot: $0, generation: slots[$0].generation)) }
    }

    private func index(of token: UInt64) -> Int? {
        let index = Int(token & 0xFFFF_FFFF)
        guard index < slots.count, slots[index].generation == UInt32(token >> 32),
            slots[index].handler != nil
        else { return nil }
        return index
    }

    private func token(slot: Int, generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(slot)
    }
}
