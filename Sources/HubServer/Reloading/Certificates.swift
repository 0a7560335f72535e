import Log
import Reactor
import Settings
import TLS

/// The hub's certificates and those of its clients' authorities, as the files were last read.
///
/// Any thread may ask for the acceptor; it changes only as a whole, and connections that there
/// are keep theirs.
final class Certificates: Sendable {
    /// When a certificate's end is told at every start: what is renewed by itself was by then.
    static let warningTime = Duration.seconds(14 * 86_400)

    private let settings: HubSettings
    private let readFile: RulesFile.ReadFile
    private let current: Locked<Acceptor>

    /// Reads the files; `nil` where no certificate is given.
    ///
    /// - Parameters:
    ///   - settings: Which files.
    ///   - readFile: Gives what a file holds.
    /// - Throws: The first fault, with the option and the file that it stands in.
    init?(_ settings: HubSettings, readFile: @escaping RulesFile.ReadFile) throws(StartFault) {
        guard settings.tlsCert.count == settings.tlsKey.count else {
            throw StartFault(
                "tls-cert: \(settings.tlsCert.count) certificates and \(settings.tlsKey.count) keys; "
                    + "give each --tls-cert its --tls-key, in the same order")
        }
        guard !settings.tlsCert.isEmpty else {
            guard settings.tlsClientCa == nil else {
                throw StartFault("tls-client-ca: needs --tls-cert and --tls-key as well")
            }
            return nil
        }
        self.settings = settings
        self.readFile = readFile
        current = Locked(try Self.read(settings, readFile))
    }

    /// What handshakes are answered with now.
    var acceptor: Acceptor { current.withLock { $0 } }

    /// Reads the files again.
    ///
    /// - Returns: What they say now, to be used.
    /// - Throws: The first fault, with the option and the file that it stands in.
    func readAgain() throws(StartFault) -> Reloader.Fresh {
        let new = try Self.read(settings, readFile)
        return Reloader.Fresh("\(new.certificates.count)") { self.current.withLock { $0 = new } }
    }

    /// Those that hold good no longer, or not for long, or not yet, each in words.
    ///
    /// - Parameter now: The time of day.
    /// - Returns: One text for each such certificate.
    func warnings(at now: Timestamp) -> [String] {
        let seconds = now.milliseconds / 1000
        return zip(settings.tlsCert, acceptor.certificates).compactMap { path, certificate in
            if certificate.notAfter <= seconds {
                return "\"\(path)\" has expired: clients refuse it; renew it, and send SIGHUP"
            }
            if certificate.notBefore > seconds {
                return "\"\(path)\" does not hold good yet: is this machine's clock right?"
            }
            let left = certificate.notAfter - seconds
            guard left < Self.warningTime.components.seconds else { return nil }
            return "\"\(path)\" expires in \(left / 86_400) days; renew it, and send SIGHUP"
        }
    }

    // MARK: Reading

    private static func read(
        _ settings: HubSettings, _ readFile: RulesFile.ReadFile
    ) throws(StartFault) -> Acceptor {
        var credentials: [Credentials] = []
        for (chain, key) in zip(settings.tlsCert, settings.tlsKey) {
            let (chainText, keyText) = (
                try text("tls-cert", chain, readFile), try text("tls-key", key, readFile)
            )
            do {
                credentials.append(try Credentials(chain: chainText, key: keyText))
            } catch {
                throw error.isOfKey ? fault("tls-key", key, error) : fault("tls-cert", chain, error)
            }
        }
        let clients = try clients(settings, readFile)
        do {
            return try Acceptor(credentials, clients: clients)
        } catch {
            throw fault("tls-cert", settings.tlsCert.joined(separator: ","), error)
        }
    }

    private static func clients(
        _ settings: HubSettings, _ readFile: RulesFile.ReadFile
    ) throws(StartFault) -> Acceptor.ClientCertificates {
        guard let path = settings.tlsClientCa else { return .none }
        let text = try text("tls-client-ca", path, readFile)
        do {
            let authorities = try Authorities(text)
            return switch settings.tlsClientCertificates {
            case .required: .required(authorities)
            case .optional: .optional(authorities)
            }
        } catch {
            throw fault("tls-client-ca", path, error)
        }
    }

    private static func text(
        _ option: String, _ path: String, _ readFile: RulesFile.ReadFile
    ) throws(StartFault) -> [UInt8] {
        do {
            return Array(try readFile(path).utf8)
        } catch {
            throw StartFault("\(option): cannot read \"\(path)\": \(error.reason)")
        }
    }

    private static func fault(
        _ option: String, _ path: String, _ fault: CredentialsFault
    ) -> StartFault {
        StartFault("\(option): \"\(path)\" \(fault)")
    }
}
