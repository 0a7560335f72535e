import Reactor
import Settings
import Synchronization
import TLS

/// Whose certificates endpoints may show.
///
/// Those that the system trusts take a file of some hundred certificates to read: that is done
/// once, by a thread of its own, when the first webhook needs it.
final class WebhookTrust: Sendable {
    private let own: Connector?
    private let isPrepared = Atomic(false)

    var connector: Connector { own ?? .system }

    /// Reads the operator's file of authorities, where one is named.
    ///
    /// - Parameters:
    ///   - settings: What the operator wants.
    ///   - readFile: Gives what a file holds.
    /// - Throws: What is wrong with the file, in words for the operator.
    init(_ settings: HubSettings, readFile: RulesFile.ReadFile) throws(StartFault) {
        guard let path = settings.webhookCa else {
            own = nil
            return
        }
        let text: [UInt8]
        do {
            text = Array(try readFile(path).utf8)
        } catch {
            throw StartFault("webhook-ca: \"\(path)\": \(error)")
        }
        do {
            own = try Connector(trust: .authorities(try Authorities(text)))
        } catch {
            throw StartFault("webhook-ca: \"\(path)\" \(error)")
        }
    }

    /// Reads what the system trusts, unless that was done.
    func prepare() {
        guard own == nil, !isPrepared.exchange(true, ordering: .relaxed) else { return }
        do {
            _ = try Thread.start(name: "webhook-trust") { _ = Connector.system }
        } catch {
            // Without a thread it is read by the loop that needs it first.
        }
    }
}
