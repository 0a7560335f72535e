import Settings
import Telemetry
import Transport

/// A socket that listens, and whether it speaks TLS.
struct Entrance: Sendable {
    let socket: ListeningSocket
    let isSecure: Bool
    /// Whether it is the socket file in the data directory, at which the operator needs no
    /// credentials.
    var isOperator = false

    /// How many connections may wait to be accepted.
    private static let backlog: Int32 = 4096

    /// `nil` for a socket file.
    var port: UInt16? { if case .tcp(_, let port) = socket.address { port } else { nil } }

    /// Where clients connect to.
    var url: String {
        switch socket.address {
        case .tcp: "\(isSecure ? "https" : "http")://\(socket.address)"
        case .unix: "\(socket.address)"
        }
    }

    /// Binds every address, once for each loop.
    ///
    /// - Parameters:
    ///   - settings: The addresses, with `https://` before those that speak TLS.
    ///   - loops: How many loops serve them.
    ///   - hasCertificates: Whether there is one to show.
    /// - Returns: The entrances of each loop.
    /// - Throws: Why it cannot be, in words for the operator.
    static func open(
        _ settings: HubSettings, loops: Int, hasCertificates: Bool
    ) throws(StartFault) -> [[Entrance]] {
        let parsed = try settings.listen.map { text throws(StartFault) in try parse(text) }
        try check(parsed, hasCertificates: hasCertificates)
        var entrances = [[Entrance]](repeating: [], count: loops)
        for (address, isSecure) in parsed {
            do {
                let opened = try ListeningSocket.open(address, loops: loops, backlog: backlog)
                for (index, sockets) in opened.enumerated() {
                    entrances[index] += sockets.map { Entrance(socket: $0, isSecure: isSecure) }
                }
            } catch {
                throw StartFault("\(error)")
            }
        }
        return entrances
    }

    /// Adds the socket file at which the operator needs no credentials.
    ///
    /// The hub serves without it, where its path is too long for one; the log says so.
    static func addOperators(
        to entrances: inout [[Entrance]], _ settings: HubSettings, _ log: Logger
    ) {
        let opened = openOperators(settings, loops: entrances.count, log)
        for (index, sockets) in opened.enumerated() {
            entrances[index] += sockets.map {
                Entrance(socket: $0, isSecure: false, isOperator: true)
            }
        }
    }

    /// The name of the socket file in the data directory.
    private static let operatorSocketName = "operator.sock"

    /// Where the socket file of a data directory is.
    static func operatorPath(_ data: String) -> String { "\(data)/\(operatorSocketName)" }

    private static func openOperators(
        _ settings: HubSettings, loops: Int, _ log: Logger
    ) -> [[ListeningSocket]] {
        let path = operatorPath(settings.data)
        do {
            guard let address = ListenAddress("unix:\(path)") else {
                throw StartFault("the path is longer than a socket file's may be")
            }
            return try ListeningSocket.open(address, loops: loops, backlog: 64, mode: 0o600)
        } catch {
            log(
                .warning, "operator socket not opened",
                ["path": .string(path), "error": .string("\(error)")])
            return []
        }
    }

    private static func parse(
        _ text: String
    ) throws(StartFault) -> (address: ListenAddress, isSecure: Bool) {
        let isSecure = text.hasPrefix("https://")
        let bare =
            isSecure || text.hasPrefix("http://") ? text.dropFirst(isSecure ? 8 : 7) : text[...]
        guard let address = ListenAddress(String(bare)) else {
            throw StartFault(
                "listen: \"\(text)\" is not an address such as 127.0.0.1:8001, [::1]:8001, "
                    + "https://127.0.0.1:8443 or unix:/run/campana.sock")
        }
        return (address, isSecure)
    }

    /// A certificate that nobody sees is a slip, as is an address that has none to show.
    private static func check(
        _ parsed: [(address: ListenAddress, isSecure: Bool)], hasCertificates: Bool
    ) throws(StartFault) {
        let secure = parsed.first { $0.isSecure }
        if let secure, !hasCertificates {
            throw StartFault(
                "listen: https://\(secure.address) needs a certificate; give --tls-cert and --tls-key"
            )
        }
        if secure == nil, hasCertificates {
            throw StartFault(
                "tls-cert: no address speaks TLS; write --listen https://127.0.0.1:8443, "
                    + "or before another address")
        }
    }

    /// Holds an open hub to the machine's own addresses (WIRE §6).
    ///
    /// Behind a proxy it may be meant so, for a proxy can ask people who they are.
    static func requireLoopback(_ settings: HubSettings, _ log: Logger) throws(StartFault) {
        if !settings.trustedProxy.isEmpty {
            log(
                .warning, "open hub behind a proxy",
                ["mend": "whoever the proxy lets in may do everything; make a key first"])
        }
        for address in try settings.listen.map({ text throws(StartFault) in try parse(text) }).map(
            \.address)
        {
            guard case .tcp(let host, _) = address, !isLoopback(host) else { continue }
            throw StartFault(
                "listen: \"\(address)\" can be reached from outside, and this hub asks nobody who "
                    + "they are; make a key first: campanad keys create --data \(settings.data) "
                    + "--name admin --grant 'all:**' --grant 'all:$sys:**'")
        }
    }

    /// Whether only this machine reaches a host; of names only `localhost`, for another may mean
    /// anything.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        return host.hasPrefix("127.")
            && host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }
}
