import Bytes
import Reactor
import WebSocket

// What comes from a client: so much in a turn of the loop, and no more than is answered.
extension WebSocketConversation {
    /// What the messages of one connection may come to in one turn, but for the last of them.
    ///
    /// A read brings no more, unless it inflates. The rest waits until others had their turn.
    static let maxTurnBytes = ReadBuffer.capacity

    /// What it counts for in a turn that a pattern of the connection is looked at, in bytes.
    private static let patternWeight = 32

    /// Writes of one client that may be under way; looked at after each piece of its input.
    static let maxWritesUnderWay: Int32 = 64

    func receive(_ input: Span<UInt8>, from offset: inout Int) {
        guard held == nil else {
            held?.append(copying: input.extracting(offset...))
            offset = input.count
            return connection.pauseReading()
        }
        heard()
        takeMessages(input, from: &offset)
        if offset < input.count { held = Array(copying: input.extracting(offset...)) }
        offset = input.count
        if !mayRead { connection.pauseReading() }
    }

    private func takeMessages(_ input: Span<UInt8>, from offset: inout Int) {
        var taken = 0
        worker.patternsLookedAt = 0
        do {
            while taken + worker.patternsLookedAt * Self.patternWeight < Self.maxTurnBytes,
                let incoming = try reader.next(input, from: &offset)
            {
                taken += incoming.byteCount
                take(incoming)
            }
        } catch {
            connection.note(
                error == .messageTooBig ? .messageTooLarge : .brokenFrames, error.reason)
            perform(closing.handle(.violation(error)))
            offset = input.count
        }
    }

    /// Whether what is held waits for the next turn, and not for the client's first message.
    var isPutOff: Bool {
        guard held != nil else { return false }
        if case .notifications = use { return consumer != nil }
        return true
    }

    /// Takes what was put off, as far as this turn lets it.
    func takePutOff() {
        guard mayGoOn, let input = held.take() else { return }
        var offset = 0
        receive(input.span, from: &offset)
        if mayRead { connection.resumeReading() }
    }

    /// A client that sends without reading is read no faster than it reads, and one that
    /// publishes no faster than the engine commits.
    var mayGoOn: Bool {
        !connection.isFull && writesUnderWay < Self.maxWritesUnderWay
            && !(farewell != nil && writesUnderWay > 0)
    }

    var mayRead: Bool { held == nil && mayGoOn }

    /// Reads on, where nothing stands against it any more.
    func goOnReading() {
        if mayRead { connection.resumeReading() } else if isPutOff { connection.wakeInTime() }
    }
}

extension Incoming {
    /// How much it brings, in bytes.
    fileprivate var byteCount: Int {
        switch self {
        case .text(let bytes), .binary(let bytes), .ping(let bytes), .pong(let bytes): bytes.count
        case .close: 0
        }
    }
}
