import Glibc
import HTTP1
import Reactor
import TLS
import Transport

/// What connections of one loop share.
///
/// Confined to that loop, like all that is made with it.
public final class ClientContext {
    public let loop: EventLoop
    let resolver: Resolver
    /// Whom to trust; `nil` for whom the system trusts.
    let connector: Connector?
    /// What its hub is shown; `nil` for nothing.
    let credential: Credential?
    /// Sessions of TLS that connections to come may resume.
    var sessions = SessionStore()

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - loop: The loop.
    ///   - connector: Whom to trust behind `https://`; `nil` for whom the system trusts.
    ///   - credential: What its hub is shown, and no other server.
    public init(
        loop: EventLoop, connector: Connector? = nil, credential: Credential? = nil
    ) {
        self.loop = loop
        self.credential = credential
        self.connector = connector
        resolver = Resolver(loop: loop)
    }

    /// The fields by which a request to `address` says who asks; mostly none.
    func credentialFields(for address: HubAddress) -> Fields {
        credential?.fields(for: address) ?? [:]
    }
}

extension HubAddress {
    /// How long a connection may take to be made, the name's resolution included.
    static let dialTimeout = Duration.seconds(10)

    /// Connects; names are resolved on a thread of their own.
    ///
    /// - Parameters:
    ///   - context: The loop to wait on.
    ///   - completion: Called once, on the loop's thread, perhaps before this returns.
    /// - Returns: What can be cancelled until then.
    func dial(_ context: ClientContext, completion: @escaping Dialer.Completion) -> Dialer {
        switch endpoint {
        case .tcp(let host, let port):
            Dialer(
                host: host, port: port, on: context.loop, resolver: context.resolver,
                timeout: Self.dialTimeout, completion: completion)
        case .unix(let path):
            Dialer(path: path, on: context.loop, completion: completion)
        }
    }

    /// Why there is no connection, and what may mend it.
    func explain(_ error: DialError) -> String {
        let reason: String
        var isNobodyThere = false
        switch error {
        case .unresolved(let error): reason = error.reason
        case .failed(let error, _):
            isNobodyThere = error.isNobodyThere
            reason = error.reason.prefix(1).lowercased() + error.reason.dropFirst()
        case .timedOut:
            reason = "no answer in \(Notice.describe(Self.dialTimeout))"
        case .cancelled: reason = "given up"
        }
        guard isNobodyThere else { return "cannot reach \(text): \(reason)" }
        let mend =
            isPrivate && !isSecure
            ? "; is campanad running? `make run` starts it" : "; does a hub listen there?"
        return "cannot reach \(text): \(reason)\(mend)"
    }
}

extension SystemError {
    /// Nobody listens at the address, or the socket file is not there.
    fileprivate var isNobodyThere: Bool { code == ECONNREFUSED || code == ENOENT }

    /// Whoever read a pipe has gone.
    var isBrokenPipe: Bool { code == EPIPE }
}
