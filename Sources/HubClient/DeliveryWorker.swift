import Bytes
import Log
import Reactor

/// What the thread of a ``Delivery`` does with a batch.
struct DeliveryWorker {
    /// Output is written at the latest when so much of it waits.
    private static let outputBytes = 64 << 10

    private let sink: Delivery.Sink
    private let state: StateStore?
    private var screen: Screen
    private var output: [UInt8] = []
    private var unstored: Cursor?
    private var seqs: [String: UInt64]
    private var hasFailed = false

    init(_ sink: Delivery.Sink, _ state: StateStore?, _ screen: Screen) {
        self.sink = sink
        self.state = state
        self.screen = screen
        seqs = state?.loaded?.seqs ?? [:]
    }

    /// Works off a batch, and stores its last cursor.
    ///
    /// - Parameters:
    ///   - items: What was handed over.
    ///   - isCancelled: Asked before each item.
    /// - Returns: The failure, told once; what comes after it is dropped.
    mutating func work(
        off items: [Delivery.Item], unless isCancelled: () -> Bool
    ) -> Result<Void, DeliveryFailure> {
        guard !hasFailed else { return .success(()) }
        do throws(DeliveryFailure) {
            for item in items where !isCancelled() { try take(item) }
            try settle()
            screen.showStatus()
            return .success(())
        } catch {
            hasFailed = true
            return .failure(error)
        }
    }

    /// Takes the status line away.
    mutating func close() { screen.hideStatus() }

    private mutating func take(_ item: Delivery.Item) throws(DeliveryFailure) {
        switch item {
        case .event(let event): try deliver(event)
        case .mark(let cursor): unstored = cursor
        case .notice(let text):
            try flush()
            screen.show(notice: text)
        case .status(let text): screen.status = text
        }
    }

    private mutating func deliver(_ event: EventLine) throws(DeliveryFailure) {
        switch sink {
        case .nothing: break
        case .output(let format, _):
            format.append(event, to: &output)
            if output.count >= Self.outputBytes { try flush() }
        case .command(let command):
            screen.hideStatus()
            let outcome = command.run(event)
            guard outcome.isSuccess else {
                try settle()
                throw .command(
                    "`\(command.text)` \(outcome.message) for \(event.cursor.text) of "
                        + "\(event.group); that event was not stored and comes again")
            }
        }
        unstored = event.cursor
        if state != nil { note(event) }
        // Why: a command may have changed the world, so its event must not come again.
        if case .command = sink { try settle() }
    }

    private mutating func note(_ event: EventLine) {
        if seqs[event.group] != nil || seqs.count < TailState.groupLimit {
            seqs[event.group] = event.seq
        }
    }

    private mutating func flush() throws(DeliveryFailure) {
        guard !output.isEmpty, case .output(_, let descriptor) = sink else { return }
        screen.hideStatus()
        do throws(SystemError) {
            try Files.write(output, to: descriptor)
        } catch {
            throw error.isBrokenPipe ? .outputClosed : .output("cannot write: \(error.reason)")
        }
        output.removeAll(keepingCapacity: true)
    }

    /// Flushes, and only then stores the cursor.
    private mutating func settle() throws(DeliveryFailure) {
        try flush()
        guard let cursor = unstored, let state else { return }
        unstored = nil
        do throws(SystemError) {
            try state.store(cursor, seqs: seqs)
        } catch {
            throw .state("\(state.path): cannot store the cursor: \(error)")
        }
    }
}

/// What people see beside the events: notices, and on a terminal a status line.
public struct Screen: Sendable {
    private let descriptor: Int32
    /// Whether there is a terminal to show a status line on.
    let hasStatusLine: Bool
    let style: Style
    /// Whether notices of detail are worth showing.
    public var showsDetails: Bool { hasStatusLine }
    var status = ""
    private var shown = ""

    /// Makes a screen.
    ///
    /// - Parameters:
    ///   - descriptor: Where to write, such as 2.
    ///   - hasStatusLine: Whether it is a terminal.
    ///   - hasColor: Whether colours are wanted there.
    public init(_ descriptor: Int32, hasStatusLine: Bool, hasColor: Bool) {
        self.descriptor = descriptor
        self.hasStatusLine = hasStatusLine
        style = Style(isOn: hasColor)
    }

    mutating func show(notice: String) {
        hideStatus()
        say("campana: \(notice)\n")
    }

    mutating func showStatus() {
        guard hasStatusLine, status != shown else { return }
        let room = max(Files.columns(descriptor) - 1, 0)
        say("\r\u{1B}[K\(style.start(.dim))\(status.prefix(room))\(style.end)")
        shown = status
    }

    mutating func hideStatus() {
        guard !shown.isEmpty else { return }
        say("\r\u{1B}[K")
        shown = ""
    }

    private func say(_ text: String) {
        do throws(SystemError) {
            try Files.write(Array(text.utf8), to: descriptor)
        } catch {
            // Nobody can be told that nobody can be told.
        }
    }
}
