import Bytes
import HTTP1
import Hub
import Reactor
import Telemetry
import Transport
import WebSocket

/// What somebody occupies who stays: by a WebSocket, a stream, or an answer that is held back.
///
/// There is one where more is counted than the connection itself, or more is known of it.
struct Seat {
    /// As whose it counts, where a proxy stands between.
    var address = AddressKey.none
    /// The name that it counts for.
    var principal: String?
    /// Whom a trusted proxy says that it is for.
    var forwarded: IPAddress?

    fileprivate var isPlain: Bool {
        !address.isCounted && principal == nil && forwarded == nil
    }
}

extension Worker {
    /// When who was refused may come again.
    static let refusalPause = Duration.seconds(5)

    /// Takes the seat of what a request asks for, if its client may have one more.
    ///
    /// It is given back by ``vacate(_:)``, once however often that is called.
    ///
    /// - Parameters:
    ///   - request: Who asks.
    ///   - connection: Where it stays.
    /// - Returns: Why it may not stay; `nil` for success.
    func seat(_ request: Hub.Request, on connection: Connection) -> Problem? {
        var seat = Seat(forwarded: request.forwarded)
        if connection.client == .proxy {
            guard shared.limits.enter(request.client) else {
                return tooMany(from: connection.address(of: request), isForwarded: true)
            }
            seat.address = request.client
        }
        if let name = shared.limits.name(of: request.principal) {
            guard shared.limits.enter(name) else {
                shared.limits.leave(seat.address)
                return tooMany(of: name, from: connection.address(of: request))
            }
            seat.principal = name
        }
        if !seat.isPlain { seats[connection.token] = seat }
        return nil
    }

    /// Gives the seat of a connection back, if it has one.
    func vacate(_ token: Registration) {
        guard !seats.isEmpty, let seat = seats.removeValue(forKey: token) else { return }
        shared.limits.leave(seat.address)
        if let name = seat.principal { shared.limits.leave(name) }
    }

    /// Counts what stays for somebody else from now on.
    ///
    /// - Returns: Why it may not be; then it goes on counting for whom it did.
    func reseat(_ connection: Connection, as principal: Principal) -> Problem? {
        var seat = seats[connection.token] ?? Seat()
        let name = shared.limits.name(of: principal)
        guard seat.principal != name else { return nil }
        if let name, !shared.limits.enter(name) {
            return tooMany(of: name, from: connection.address)
        }
        if let former = seat.principal { shared.limits.leave(former) }
        seat.principal = name
        seats[connection.token] = seat.isPlain ? nil : seat
        return nil
    }

    /// Says that an address has as many connections as it may.
    ///
    /// - Parameters:
    ///   - client: Whose connection it would be.
    ///   - isForwarded: Whether a proxy stands between.
    /// - Returns: What to answer.
    func tooMany(from client: String, isForwarded: Bool) -> Problem {
        let most = shared.limits.connectionsPerAddress ?? 0
        note(
            .tooManyOfAddress, by: client,
            "max-connections-per-address is \(most); raise it, "
                + (isForwarded
                    ? "or see that the proxy names its clients in \(settings.proxyHeader.rawValue)"
                    : "or name a proxy by trusted-proxy, and who needs more by limit-exempt"))
        return .tooManyConnections("one address may have \(most) connections at one time")
    }

    private func tooMany(of name: String, from client: String) -> Problem {
        let most = shared.limits.connectionsPerPrincipal ?? 0
        note(
            .tooManyOfPrincipal, by: client, who: name,
            "max-connections-per-principal is \(most); raise it, or give each program a key")
        return .tooManyConnections("these credentials may have \(most) connections at one time")
    }
}

extension Problem {
    fileprivate static func tooManyConnections(_ detail: String) -> Problem {
        Problem(
            .tooManyConnections, detail,
            fields: ["Retry-After": "\(Worker.refusalPause.components.seconds)"])
    }
}

extension Connection {
    /// As whose the messages of a WebSocket count: behind a proxy, as the client's.
    var messageClient: AddressKey {
        client == .proxy ? worker.seats[token]?.address ?? .none : client
    }
}

extension WebSocketConversation {
    /// Says why the client may not stay, and closes.
    ///
    /// It is opened for that: a page can read no answer that opens nothing.
    func turnAway(_ problem: Problem) {
        let pause = Worker.refusalPause.components.seconds * 1000
        say(.limited(problem.failure, problem.detail, retryAfterMilliseconds: pause, ref: nil))
        say(.goodbye(reason: problem.failure.rawValue, reconnectInMilliseconds: pause))
        leave(.tooManyConnections)
    }
}

extension CloseCode {
    /// The client has as many connections as it may; come back later (WIRE §4, "Closing").
    static let tooManyConnections = CloseCode(rawValue: 4100)
}
