import Reactor
import TLS

// Whom the companion trusts, as the options say.
extension Companion {
    /// The longest file of certificates or keys that is read.
    private static let fileLimitBytes = 4 << 20

    /// What to begin handshakes with.
    ///
    /// - Parameter address: The hub.
    /// - Returns: `nil` for an address without TLS, which needs none.
    /// - Throws: The file that cannot be used, and why.
    func connector(for address: HubAddress) throws(CompanionError) -> Connector? {
        guard address.isSecure else { return nil }
        let (trust, credentials) = (try trust(), try credentials())
        do throws(CredentialsFault) {
            return try Connector(trust: trust, credentials: credentials)
        } catch {
            throw CompanionError(.usage, "--client-cert: \(error)")
        }
    }

    private func trust() throws(CompanionError) -> Connector.Trust {
        if invocation.isInsecure {
            console.tell(
                "--insecure: nobody checks who answers; whoever stands between can read and "
                    + "change all that is sent")
            return .anyone
        }
        guard let path = invocation.cacert else { return .system }
        let text = try file("--cacert", path)
        do throws(CredentialsFault) {
            return .authorities(try Authorities(text))
        } catch {
            throw CompanionError(.usage, "--cacert: \"\(path)\" \(error)")
        }
    }

    private func credentials() throws(CompanionError) -> Credentials? {
        switch (invocation.clientCert, invocation.clientKey) {
        case (nil, nil): return nil
        case (let cert?, let key?):
            let (chain, keyText) = (try file("--client-cert", cert), try file("--client-key", key))
            do throws(CredentialsFault) {
                return try Credentials(chain: chain, key: keyText)
            } catch {
                let place =
                    error.isOfKey ? "--client-key: \"\(key)\"" : "--client-cert: \"\(cert)\""
                throw CompanionError(.usage, "\(place) \(error)")
            }
        case (_?, nil):
            throw CompanionError(.usage, "--client-cert: needs its --client-key as well")
        case (nil, _?):
            throw CompanionError(.usage, "--client-key: needs its --client-cert as well")
        }
    }

    private func file(_ option: String, _ path: String) throws(CompanionError) -> [UInt8] {
        let text: [UInt8]?
        do throws(SystemError) {
            text = try Files.content(of: path, limit: Self.fileLimitBytes)
        } catch {
            throw CompanionError(.usage, "\(option): cannot read \"\(path)\": \(error.reason)")
        }
        guard let text else {
            throw CompanionError(.usage, "\(option): there is no file \"\(path)\"")
        }
        return text
    }
}
