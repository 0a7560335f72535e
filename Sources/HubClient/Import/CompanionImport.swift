import HTTP1
import JSON
import Reactor
import Settings

extension Companion {
    /// Imports a file.
    ///
    /// With `--mode all` a file of more than one request is read twice: first everything is asked
    /// as a dry run, and only where nothing is at fault it is sent.
    func importFile(_ request: ClientAction.Import) throws(CompanionError) -> ExitStatus {
        let source = try ImportSource(request)
        var run = ImportRun(
            request, source,
            Asking(try hub().address, try hub().context) { console.tell($0) }, console)
        guard let first = try source.next() else {
            throw CompanionError(.failure, "\(source.name): there is no row to import")
        }
        if request.isDryRun {
            try run.rest(.dry, first)
            return try run.end(isDone: false)
        }
        if request.mode == .skip {
            try run.rest(.skip, first)
            return try run.end(isDone: true)
        }
        guard let second = try source.next() else { return try run.alone(first) }
        guard source.isRewindable else {
            throw CompanionError(
                .usage,
                "--mode all reads a file of more than \(request.batchRows) rows twice; "
                    + "give the name of a file, or --mode skip")
        }
        try run.send(first, .dry)
        try run.rest(.dry, second)
        guard run.tally.rejected == 0 else { return try run.end(isDone: false) }
        try run.again()
        return try run.end(isDone: true)
    }
}

/// One file on its way to the hub.
private struct ImportRun {
    /// What a request asks for.
    enum Pass {
        case dry
        case all
        case skip

        var query: String {
            switch self {
            case .dry: "mode=skip&dry_run=true"
            case .all: "mode=all"
            case .skip: "mode=skip"
            }
        }
    }

    private let request: ClientAction.Import
    private let source: ImportSource
    private let asking: Asking
    private let console: Console
    private var keys: ImportKeys
    private var progress: ImportProgress
    private(set) var tally = ImportTally()

    init(
        _ request: ClientAction.Import, _ source: ImportSource, _ asking: Asking,
        _ console: Console
    ) {
        self.request = request
        self.source = source
        self.asking = asking
        self.console = console
        keys = ImportKeys(request)
        progress = ImportProgress(source.name, isTerminal: console.isErrorTerminal)
    }

    /// Sends a batch and all that follow.
    mutating func rest(_ pass: Pass, _ first: ImportBatch) throws(CompanionError) {
        var next: ImportBatch? = first
        while let batch = next {
            try send(batch, pass)
            next = try source.next()
        }
    }

    /// Sends the one batch of a small file, which is one transaction.
    mutating func alone(_ batch: ImportBatch) throws(CompanionError) -> ExitStatus {
        try send(batch, batch.faults.isEmpty ? .all : .dry)
        return try end(isDone: tally.rejected == 0)
    }

    /// Sends the whole file, in which nothing was at fault.
    mutating func again() throws(CompanionError) {
        let before = keys
        let rows = tally.rows
        keys = ImportKeys(request)
        tally = ImportTally()
        try source.rewind()
        while let batch = try source.next() {
            try send(batch, .all)
            guard tally.rejected == 0 else {
                throw CompanionError(
                    .failure,
                    "\(source.name): what was right before is at fault now; "
                        + "the \(tally.rows - batch.rows) rows before were imported")
            }
        }
        guard keys == before, tally.rows == rows else {
            throw CompanionError(
                .failure, "\(source.name): the file changed while it was imported; import it again")
        }
    }

    mutating func send(_ batch: ImportBatch, _ pass: Pass) throws(CompanionError) {
        var reply: ImportReply?
        let key = keys.next(batch.body)
        if !batch.lines.isEmpty {
            let answer = try ask(batch, pass, key: key)
            let isReplay = answer.head.fields.first("idempotency-replayed") == "true"
            let read = try report(answer)
            tally.add(read, of: batch, isReplay: isReplay)
            reply = read
        }
        tally.add(batch.faults)
        let complaints = batch.complaints(in: source.name, reply)
        if !complaints.isEmpty {
            progress.clear(console)
            console.show(complaints.map { $0 + "\n" }.joined())
        }
        progress.show(console, tally, source, isDry: pass.isDry)
    }

    private func ask(
        _ batch: ImportBatch, _ pass: Pass, key: String
    ) throws(CompanionError) -> Answer {
        var fields: Fields = [
            "Accept": "application/json", "Content-Type": "text/csv; charset=utf-8",
        ]
        if !pass.isDry { fields.append("Idempotency-Key", key) }
        let target =
            "/api/external/\(request.kind.rawValue)/?\(pass.query)"
            + "&separator=\(source.separator.rawValue)"
        do throws(ExchangeError) {
            return try asking.ask(.post, target, fields, batch.body)
        } catch {
            throw CompanionError(
                .unreachable,
                "\(error.description); stopped before the row of line \(batch.lines.first ?? 0), "
                    + "and the same command goes on from there")
        }
    }

    private func report(_ answer: Answer) throws(CompanionError) -> ImportReply {
        let isReport = answer.head.status.isSuccessful || answer.head.status.rawValue == 422
        guard isReport, let reply = try? ImportReply(answer.body),
            answer.head.status.isSuccessful || reply.rejected > 0
        else { throw asking.context.refusal(answer) }
        return reply
    }

    /// Says what came of it all.
    mutating func end(isDone: Bool) throws(CompanionError) -> ExitStatus {
        progress.clear(console)
        let note =
            request.isDryRun
            ? "a dry run: nothing was changed" : isDone ? "" : "nothing was imported"
        try console.print(tally.summary(of: source.name, note: note))
        return tally.rejected == 0 ? .ok : .failure
    }
}

extension ImportRun.Pass {
    fileprivate var isDry: Bool {
        switch self {
        case .dry: true
        case .all, .skip: false
        }
    }
}
