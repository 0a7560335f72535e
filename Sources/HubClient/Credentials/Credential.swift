import HTTP1
import Reactor

/// What the companion shows to its hub, so that it knows who asks, and shows to nobody else.
///
/// For one thread at a time.
public final class Credential {
    /// Where it stands.
    public enum Source: Equatable, Sendable {
        case variable
        case standardInput
        case file(String)
    }

    /// What came of reading it again.
    public enum Reading: Equatable, Sendable {
        /// There is another now, which is shown from now on.
        case another
        case same
        /// It stands where nothing changes while the program runs.
        case fixed
        /// The one from before goes on being shown.
        case unreadable(String)
    }

    private let hub: HubAddress
    private let source: Source
    private(set) var token: BearerToken

    /// Makes a credential.
    ///
    /// - Parameters:
    ///   - token: What is shown.
    ///   - source: Where it was read.
    ///   - hub: To whom.
    public init(_ token: BearerToken, from source: Source, for hub: HubAddress) {
        self.token = token
        self.source = source
        self.hub = hub
    }

    /// Which one it is, in words that do not show it.
    var name: String { source.description }

    /// The fields that show it; none for an address that is not the hub's own.
    ///
    /// - Parameter address: To whom a request goes.
    /// - Returns: `Authorization`, or nothing.
    func fields(for address: HubAddress) -> Fields {
        address.isSameServer(as: hub) ? ["Authorization": "Bearer \(token.text)"] : [:]
    }

    /// Reads it again, where it can have changed.
    func readAgain() -> Reading {
        guard case .file(let path) = source else { return .fixed }
        do throws(KeyFileFault) {
            guard let new = try KeyFile.tokenAgain(at: path) else { return .fixed }
            guard new != token else { return .same }
            token = new
            return .another
        } catch {
            return .unreadable(error.describe(path))
        }
    }
}

extension Credential.Source: CustomStringConvertible {
    public var description: String {
        switch self {
        case .variable: "the key of CAMPANA_KEY"
        case .standardInput: "the key of standard input"
        case .file(let path): "the key of \"\(path)\""
        }
    }
}
