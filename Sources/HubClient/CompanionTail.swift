import Glibc
import Log
import Reactor
import Settings

// The commands that read the log.

extension Companion {
    func tail(_ request: ClientAction.Tail) throws(CompanionError) -> ExitStatus {
        let hub = try hub()
        let groups = try checked(request.groups)
        var plan = TailPlan(groups: groups, count: request.count, timeout: request.timeout)
        if let since = request.since {
            guard let start = Since(since) else {
                throw CompanionError(
                    .usage, "--since: \"\(since)\" is not \(Since.grammar)")
            }
            plan.start = start
        }
        let state = try openState(request, hub.address)
        if let loaded = state?.loaded {
            plan.start = .cursor(loaded.cursor)
            plan.lastSeqs = loaded.seqs
            if console.isErrorTerminal {
                console.tell("going on from \(loaded.cursor.text), as \(state?.path ?? "") says")
            }
        }
        let session = try follow(plan, hub, sink(request), state)
        return session.holes > 0 ? .gap : .ok
    }

    /// Reads the whole log, and proves that `seq` is contiguous in each group.
    func verify(_ groups: [String]) throws(CompanionError) -> ExitStatus {
        let plan = TailPlan(
            groups: try checked(groups.isEmpty ? ["**"] : groups), start: .earliest,
            endsCaughtUp: true, needsHub: true)
        let session: TailSession
        do throws(CompanionError) {
            session = try follow(plan, try hub(), .nothing, nil)
        } catch {
            guard error.status == .unauthorized, groups.isEmpty else { throw error }
            throw CompanionError(
                error.status, error.message + "; --groups names those that are to be checked")
        }
        for (group, first) in session.check.first.sorted(by: { $0.key < $1.key }) {
            try console.print("\(group) seq \(first) to \(session.check.last[group] ?? first)")
        }
        let verdict =
            session.holes == 0
            ? "every seq contiguous" : "\(session.holes) hole\(session.holes == 1 ? "" : "s")"
        try console.print(
            "\(session.delivered) events in \(session.check.first.count) groups, \(verdict)")
        return session.holes == 0 ? .ok : .gap
    }

    private func sink(_ request: ClientAction.Tail) -> Delivery.Sink {
        if let command = request.exec { return .command(ShellCommand(command)) }
        let isPretty =
            switch request.format {
            case .automatic: console.isOutputTerminal
            case .json: false
            case .pretty: true
            }
        return .output(
            isPretty ? .pretty(hasColor: console.hasOutputColor) : .json,
            descriptor: Console.standardOutput)
    }

    /// The state that the request asks for; the default one is given up where it can not be had.
    private func openState(
        _ request: ClientAction.Tail, _ address: HubAddress
    ) throws(CompanionError) -> StateStore? {
        switch request.state {
        case .none: return nil
        case .file(let path): return try openState(path, request, address)
        case .automatic:
            // Who asks for a time looks back once; that moves no consumer.
            guard request.since == nil,
                let place = StateStore.defaultPlace(
                    url: address.text, groups: request.groups, environment: environment)
            else { return nil }
            do throws(SystemError) {
                try Files.makeDirectory(place.directory)
            } catch {
                console.tell("\(place.directory): \(error.reason); keeping no state")
                return nil
            }
            return try openState(place.path, request, address)
        }
    }

    private func openState(
        _ path: String, _ request: ClientAction.Tail, _ address: HubAddress
    ) throws(CompanionError) -> StateStore? {
        do throws(StateStoreError) {
            return try StateStore(path, url: address.text, groups: request.groups)
        } catch {
            if case .inUse = error, request.state == .automatic {
                console.tell(
                    "another campana reads the same and keeps the state; this one keeps none")
                return nil
            }
            throw CompanionError(.failure, error.description)
        }
    }

    /// Runs a tail to its end.
    private func follow(
        _ plan: TailPlan, _ hub: Hub, _ sink: Delivery.Sink, _ state: StateStore?
    ) throws(CompanionError) -> TailSession {
        let context = hub.context
        var outcome: (ending: TailEnding, session: TailSession)?
        var signal = SIGTERM
        do throws(SystemError) {
            // Before the first thread: each inherits the mask.
            try Signals.block([SIGINT, SIGTERM])
            let tail = Tail(
                plan, from: hub.address, context, showsDetails: console.isErrorTerminal
            ) { outcome = ($0, $1) }
            var hasSignal = false
            try SignalSource(context.loop, [SIGINT, SIGTERM]) { number in
                // The second one does not wait for a command or for the reader of our output.
                if hasSignal { Files.exit(128 + number) }
                hasSignal = true
                signal = number
                tail.stop(.interrupted)
            }
            try tail.start(
                sink, state: state,
                screen: Screen(
                    Console.standardError, hasStatusLine: console.isErrorTerminal,
                    hasColor: console.hasErrorColor))
            let watch = OutputWatch(sink, on: context.loop) { tail.stop(.delivery(.outputClosed)) }
            while outcome == nil { context.loop.turn() }
            watch?.stop()
        } catch {
            throw CompanionError(.failure, "cannot start: \(error)")
        }
        guard let outcome else { throw CompanionError(.failure, "") }
        if case .unauthorized(let text) = outcome.ending { throw context.unauthorized(text) }
        if let error = CompanionError(outcome.ending, signal: signal) { throw error }
        return outcome.session
    }
}

extension CompanionError {
    /// What a tail's end means to whoever started it; `nil` where it did what it was asked.
    init?(_ ending: TailEnding, signal: Int32) {
        switch ending {
        case .counted, .caughtUp: return nil
        case .timedOut: self.init(.timeout, "")
        case .interrupted: self.init(signal == SIGINT ? .interrupted : .ok, "")
        case .unreachable(let text): self.init(.unreachable, text)
        case .refused(let text): self.init(.failure, text)
        case .unauthorized(let text): self.init(.unauthorized, text)
        case .delivery(.outputClosed): self.init(.ok, "")
        case .delivery(.output(let text)), .delivery(.state(let text)),
            .delivery(.command(let text)):
            self.init(.failure, text)
        }
    }
}
