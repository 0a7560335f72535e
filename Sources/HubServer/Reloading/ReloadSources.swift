import Hub
import Reactor
import Settings

// What SIGHUP makes the hub read again.
extension Server {
    var reloadSources: [Reloader.Source] {
        let shared = shared
        var sources: [Reloader.Source] = []
        if let rulesFile {
            sources.append(
                Reloader.Source(name: "rules") { () throws(StartFault) in
                    try rulesFile.readAgain()
                })
        }
        if let certificates = shared.certificates {
            sources.append(
                Reloader.Source(name: "certificates") { () throws(StartFault) in
                    let fresh = try certificates.readAgain()
                    return Reloader.Fresh(fresh.summary) {
                        fresh.use()
                        Self.warn(of: certificates, shared)
                    }
                })
        }
        if shared.settings.hasTokenFiles {
            sources.append(
                Reloader.Source(name: "tokens") { () throws(StartFault) in
                    try Self.tokensAgain(shared)
                })
        }
        if let sourcesFile {
            sources.append(
                Reloader.Source(name: "sources") { () throws(StartFault) in
                    try sourcesFile.readAgain()
                })
        }
        return sources
    }

    /// Secrets and keys that tokens are verified with; what one that is gone has opened ends.
    private static func tokensAgain(_ shared: Shared) throws(StartFault) -> Reloader.Fresh {
        let keys = try tokenKeys(shared.settings)
        let fresh = try authenticator(shared.settings, keys: keys)
        return Reloader.Fresh("\(keys.count) keys") {
            shared.gatekeeper.replace(fresh)
            shared.tellLoops(.credentialsRevoked)
        }
    }
}

extension HubSettings {
    /// Whether there are files of what tokens are verified with.
    fileprivate var hasTokenFiles: Bool { jwtSecretFile != nil || jwtKeysFile != nil }
}

/// The operator's file of services that sign, as it was last read.
///
/// Any thread may ask for them; they change only as a whole.
final class SourcesFile: Sendable {
    private let path: String
    private let sources: Locked<Sources>

    /// Reads the file.
    ///
    /// - Parameter path: Where it is.
    /// - Throws: Why it cannot be used.
    init(path: String) throws(StartFault) {
        self.path = path
        sources = Locked(try Self.read(path))
    }

    /// The services as they are now.
    var current: Sources { sources.withLock { $0 } }

    /// Reads the file again.
    ///
    /// - Returns: What it says now, to be used.
    /// - Throws: Why it cannot be used.
    func readAgain() throws(StartFault) -> Reloader.Fresh {
        let new = try Self.read(path)
        return Reloader.Fresh("\(new.count)") { self.sources.withLock { $0 = new } }
    }

    private static func read(_ path: String) throws(StartFault) -> Sources {
        let file = try SecretFile.read(path, "sources")
        do {
            return try Sources(file, primitives: .libcrypto)
        } catch {
            throw StartFault("sources: \"\(path)\" at \"\(error.pointer)\": \(error.detail)")
        }
    }
}
