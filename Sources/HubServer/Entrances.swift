import Settings
import Transport

/// A socket that listens, and whether it speaks TLS.
struct Entrance: Sendable {
    let socket: ListeningSocket
    let isSecure: Bool

    /// How many connections may wait to be accepted.
    private static let backlog: Int32 = 4096

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
        try requireLoopback(address)
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
    private static func requireLoopback(_ address: ListenAddress) throws(StartFault) {
        guard case .tcp(let host, _) = address, host != "localhost", host != "::1",
            !host.hasPrefix("127.")
        else { return }
        throw StartFault(
            "listen: \"\(address)\" can be reached from outside, and this hub asks nobody who they "
                + "are; listen on 127.0.0.1, [::1] or a socket file, behind a proxy that does")
    }
}
