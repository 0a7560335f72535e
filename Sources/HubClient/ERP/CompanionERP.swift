import Bytes
import HTTP1
import Log
import Reactor
import Settings

extension Companion {
    /// The longest file of a key.
    private static let maxKeyBytes = 4096
    private static let shortestInterval = Duration.seconds(1)

    /// Synchronises once, or for ever.
    func synchroniseERP(_ request: ClientAction.ERPSync) throws(CompanionError) -> ExitStatus {
        let erp = try address(request.erp)
        let key = try erpKey(request)
        guard isSystemName(request.system) else {
            throw CompanionError(
                .usage, "--system: \"\(request.system)\" is not 1 to 64 of A-Z a-z 0-9 _ . -")
        }
        if let every = request.every, every < Self.shortestInterval {
            throw CompanionError(.usage, "--every: at least 1s")
        }
        let file = try erpState(request)
        while true {
            let status = try synchroniseOnce(request, erp, key: key, file)
            guard let every = request.every else { return status }
            Files.pause(every)
        }
    }

    private func synchroniseOnce(
        _ request: ClientAction.ERPSync, _ erp: HubAddress, key: String, _ file: ERPStateFile
    ) throws(CompanionError) -> ExitStatus {
        let hub = Asking(try hub().address, try hub().context) { console.tell($0) }
        var run = ERPRun(
            hub: hub,
            erp: Asking(
                erp, try context(for: erp), name: "the ERP",
                fields: ["Authorization": "Bearer \(key)", "Accept": "application/json"]
            ) { console.tell($0) },
            erpAddress: erp, system: request.system, file: file
        ) { console.tell($0) }
        var status = ExitStatus.ok
        do throws(CompanionError) {
            try run.run()
        } catch {
            run.fail(error.message)
            console.tell(error.message)
            status = error.status
        }
        if !run.tally.isGood, status == .ok { status = .failure }
        try report(run.tally, request, to: hub)
        try console.print(run.tally.summary)
        return status
    }

    /// Writes the run into the hub's log of integrations; a hub that is gone is no second fault.
    private func report(
        _ tally: ERPTally, _ request: ClientAction.ERPSync, to hub: Asking
    ) throws(CompanionError) {
        let next = request.every.map { Files.now() + $0 }
        do throws(ExchangeError) {
            let answer = try hub.ask(
                .post, "/api/reportes/integraciones/", ["Content-Type": "application/json"],
                tally.entry(of: request.system, next: next))
            if !answer.head.status.isSuccessful {
                console.tell(hub.context.refusal(answer).message)
            }
        } catch {
            console.tell(error.description)
        }
    }

    // MARK: What it is given

    private func erpKey(_ request: ClientAction.ERPSync) throws(CompanionError) -> String {
        let text: String
        if let path = request.keyFile {
            let content: [UInt8]?
            do throws(SystemError) {
                content = try Files.secret(path, limit: Self.maxKeyBytes)
            } catch {
                throw CompanionError(
                    .usage, "--erp-key-file: \(KeyFileFault(error).describe(path))")
            }
            guard let content else {
                throw CompanionError(
                    .usage, "--erp-key-file: \(KeyFileFault.isOpenToOthers.describe(path))")
            }
            text = String(lossyUTF8: content.filter { $0 != ASCII.lf && $0 != ASCII.cr })
        } else if let key = environment["CAMPANA_ERP_KEY"] {
            text = key
        } else {
            throw CompanionError(
                .usage, "erp-sync needs the ERP's key: --erp-key-file FILE, or CAMPANA_ERP_KEY")
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CompanionError(.usage, "the ERP's key is empty, or not of visible ASCII")
        }
        return text
    }

    private func erpState(_ request: ClientAction.ERPSync) throws(CompanionError) -> ERPStateFile {
        let initial = ERPState(url: invocation.url, erp: request.erp)
        if let path = request.state { return try ERPStateFile(path, initial) }
        guard
            let place = ERPStateFile.defaultPlace(
                url: invocation.url, erp: request.erp, environment: environment)
        else {
            throw CompanionError(.usage, "there is no home to keep the state in; give --state FILE")
        }
        do throws(SystemError) {
            try Files.makeDirectory(place.directory)
        } catch {
            throw CompanionError(
                .failure, "\(place.directory): \(error.reason); give --state FILE")
        }
        return try ERPStateFile(place.path, initial)
    }

    private func isSystemName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                ASCII.isAlpha($0) || ASCII.isDigit($0) || $0 == ASCII.underscore
                    || $0 == ASCII.dot || $0 == ASCII.minus
            }
    }
}
