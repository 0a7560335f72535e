import Crypto
import Glibc
import HTTP1
import Hub
import Log
import Reactor
import SQLiteEngine
import Settings
import Synchronization
import Telemetry
import Transport

/// The hub as a process: its engine, its loops, and the signals that end it.
///
/// ``run()`` takes the calling thread for the first loop, and returns when the hub has
/// drained.
public final class Server {
    let shared: Shared
    private let engine: EmbeddedEngine
    private let handles: [LoopHandle]
    private let mailboxes: [Mailbox<LoopMail>]
    private let commits: [CommitQueue]
    private let entrances: [[Entrance]]
    private let head: UInt64
    let rulesFile: RulesFile?
    let sourcesFile: SourcesFile?
    private var firstSignal: EventLoop.Instant?

    /// The most mail that waits for a loop beside the answers to writes: more than the engine's
    /// queue of reads holds and one commit takes, so that no answer is ever refused.
    private static let maxOtherMail = 1 << 17

    /// Readies the process: signals come as events, and descriptors up to the system's limit.
    ///
    /// Called once, before any thread is started.
    ///
    /// - Throws: What the system refused.
    public static func prepareProcess() throws(StartFault) {
        do {
            try Signals.block(endingSignals + otherSignals)
            Process.ignoreBrokenPipes()
            try Process.harden()
            _ = try Process.raiseDescriptorLimit()
        } catch {
            throw StartFault("the process cannot be set up: \(error)")
        }
    }

    /// Signals that come so soon after the first are the same wish.
    private static let signalPause = Duration.milliseconds(50)
    private static let endingSignals = [SIGTERM, SIGINT]
    /// Read files again; begin a new audit file.
    private static let otherSignals = [SIGHUP, SIGUSR1]

    /// Opens the log, makes the loops and binds every address; nothing is accepted yet.
    ///
    /// - Parameters:
    ///   - settings: What the operator wants.
    ///   - version: The program's version.
    ///   - log: Where lines go.
    ///   - readFile: Gives what a file holds.
    /// - Throws: Why it cannot start, in words for the operator.
    public init(
        settings: HubSettings, version: String, log: Logger,
        readFile: @escaping RulesFile.ReadFile
    ) throws(StartFault) {
        rulesFile = try settings.rules.map { path throws(StartFault) in
            try RulesFile(path: path, readFile: readFile)
        }
        let certificates = try Certificates(settings, readFile: readFile)
        let webhookTrust = try WebhookTrust(settings, readFile: readFile)
        let count = settings.loops == 0 ? Self.coreCount : settings.loops
        do {
            handles = try (0..<count).map { _ throws(SystemError) in try LoopHandle() }
        } catch {
            throw StartFault("the event loops cannot be made: \(error)")
        }
        let waiting = settings.maxQueuedWrites + Self.maxOtherMail
        mailboxes = handles.map { Mailbox(capacity: waiting, loop: $0) }
        commits = handles.map { CommitQueue(loop: $0) }
        let rates = try Rates.make(settings)
        sourcesFile = try settings.sources.map { path throws(StartFault) in
            try SourcesFile(path: path)
        }
        let access = Self.access(settings, sourcesFile)
        let authenticator = try Self.authenticator(settings, keys: Self.tokenKeys(settings))
        var entrances = try Entrance.open(
            settings, loops: count, hasCertificates: certificates != nil)
        try Self.become(settings.user)
        let metrics = (0...count).map { _ in HubMetrics() }
        engine = try Self.open(settings, Broker(queues: commits, metrics: metrics[count]))
        head = engine.status().head
        let gatekeeper: Gatekeeper
        let audit: AuditLog?
        do {
            gatekeeper = Gatekeeper(authenticator, keyring: try Self.readKeyring(engine))
            if gatekeeper.isOpen { try Entrance.requireLoopback(settings, log) }
            Entrance.addOperators(to: &entrances, settings, log)
            self.entrances = entrances
            audit = try AuditLog.open(
                settings, version: version, clock: WallClock.now, log: log, metrics: metrics[count])
        } catch {
            engine.stop()
            throw error
        }
        let drained = Drained(loops: count, mailboxes: mailboxes)
        shared = Shared(
            settings: settings,
            rules: Self.rules(settings, version, engine.epoch, rulesFile, access),
            engine: engine, gatekeeper: gatekeeper, rates: rates, mailboxes: mailboxes, log: log,
            audit: audit,
            certificates: certificates, webhookTrust: webhookTrust, clock: WallClock.now,
            metrics: metrics, ports: entrances.joined().compactMap(\.port),
            onDrained: drained.loopDrained)
    }

    /// Lets go of root once ports are bound and keys are read, and before data are touched.
    static func become(_ user: String?) throws(StartFault) {
        guard let user else { return }
        do {
            try Process.become(user)
        } catch {
            let reason =
                switch error.code {
                case ENOENT: "there is no such user"
                case EPERM: "only root can become another user"
                default: error.reason
                }
            throw StartFault("user: cannot become \"\(user)\": \(reason)")
        }
    }

    /// Where clients connect to, with the ports that were picked.
    public var urls: [String] {
        var seen: [String] = []
        for entrance in entrances.joined()
        where !entrance.isOperator && !seen.contains(entrance.url) {
            seen.append(entrance.url)
        }
        return seen
    }

    private static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    // MARK: Running

    /// Serves until a signal ends it and the connections have drained.
    ///
    /// - Throws: A loop or its thread that cannot be made.
    public func run() throws(StartFault) {
        var threads: [Thread] = []
        do {
            for index in handles.indices.dropFirst() {
                threads.append(try start(index))
            }
            let (worker, loop) = try makeWorker(0)
            let files = reloadSources
            let reloader = try files.isEmpty ? nil : Reloader(files, log: shared.log)
            if shared.settings.user != nil { Reloader.rehearse(files, shared.log) }
            let signals = try SignalSource(loop, Self.endingSignals + Self.otherSignals) {
                [unowned self] signal in
                // Without anything to read again it is what it was to every program: the end.
                switch signal {
                case SIGUSR1: shared.audit?.reopen()
                case SIGHUP where reloader != nil: reloader?.reload()
                default: ended(by: signal)
                }
            }
            defer { reloader?.close() }
            warnOfCertificates()
            shared.readiness.store(1, ordering: .releasing)
            shared.log(.notice, "hub started", ["loops": LogValue(handles.count)])
            loop.run()
            signals.stop()
            withExtendedLifetime(worker) {}
        } catch {
            throw StartFault("a loop cannot be started: \(error)")
        }
        for thread in threads { thread.join() }
        engine.stop()
        shared.audit?.close()
    }

    private func warnOfCertificates() {
        if let certificates = shared.certificates { Self.warn(of: certificates, shared) }
    }

    static func warn(of certificates: Certificates, _ shared: Shared) {
        for warning in certificates.warnings(at: shared.clock()) {
            shared.log(.warning, "certificate runs out", ["certificate": .string(warning)])
        }
    }

    /// Starts the loop of another thread.
    private func start(_ index: Int) throws(SystemError) -> Thread {
        let parts = LoopParts(
            index: index, handle: handles[index], mailbox: mailboxes[index],
            commits: commits[index], shared: shared,
            entrances: entrances[index], head: head)
        return try Thread.start(name: "loop-\(index)") {
            do {
                let (worker, loop) = try parts.make()
                loop.run()
                withExtendedLifetime(worker) {}
            } catch {
                parts.shared.log(.error, "loop failed", ["error": .string("\(error)")])
                parts.shared.onDrained()
            }
        }
    }

    private func makeWorker(_ index: Int) throws(SystemError) -> (Worker, EventLoop) {
        try LoopParts(
            index: index, handle: handles[index], mailbox: mailboxes[index],
            commits: commits[index], shared: shared,
            entrances: entrances[index], head: head
        ).make()
    }

    /// The first signal drains, bounded by the time-out; the second ends at once.
    private func ended(by signal: Int32) {
        let now = EventLoop.Instant.now
        // timeout(1) and shells signal a process and its group: that is one wish, not two.
        if let firstSignal, now < firstSignal + Self.signalPause { return }
        firstSignal = now
        guard shared.readiness.exchange(2, ordering: .acquiringAndReleasing) != 2 else {
            shared.log(.warning, "hub stopped at once", ["signal": LogValue(Int(signal))])
            return stopLoops()
        }
        shared.log(.notice, "hub draining", ["signal": LogValue(Int(signal))])
        for mailbox in mailboxes { mailbox.send(.drain) }
    }

    private func stopLoops() {
        for mailbox in mailboxes { mailbox.send(.stop) }
    }
}

/// Why the hub cannot start, in words for the operator: place, value and mend.
public struct StartFault: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// All that a thread needs to make its loop.
private struct LoopParts: Sendable {
    let index: Int
    let handle: LoopHandle
    let mailbox: Mailbox<LoopMail>
    let commits: CommitQueue
    let shared: Shared
    let entrances: [Entrance]
    let head: UInt64

    func make() throws(SystemError) -> (Worker, EventLoop) {
        let loop = try EventLoop(handle: handle)
        let worker = Worker(
            index: index, loop: loop, mailbox: mailbox, commits: commits, shared: shared,
            head: head)
        try worker.listen(on: entrances)
        if index == 0 { worker.timers = TimerDriver(worker) }
        worker.webhooks.load()
        return (worker, loop)
    }
}

/// Counts the loops that have closed their last connection, and then stops them all.
private final class Drained: Sendable {
    private let left: Atomic<Int>
    private let mailboxes: [Mailbox<LoopMail>]

    init(loops: Int, mailboxes: [Mailbox<LoopMail>]) {
        left = Atomic(loops)
        self.mailboxes = mailboxes
    }

    @Sendable func loopDrained() {
        guard left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 else { return }
        for mailbox in mailboxes { mailbox.send(.stop) }
    }
}
