import HubClient
import Testing

@Suite("A hub's address")
struct HubAddressTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let endpoint: HubAddress.Endpoint
        let host: String
        let prefix: String
        let path: String
        let isSecure: Bool
        var testDescription: String { text }

        init(
            _ text: String, _ endpoint: HubAddress.Endpoint, host: String, prefix: String = "",
            path: String = "/ws", isSecure: Bool = false
        ) {
            self.text = text
            self.endpoint = endpoint
            self.host = host
            self.prefix = prefix
            self.path = path
            self.isSecure = isSecure
        }
    }

    @Test(
        "what is read",
        arguments: [
            Case(
                "http://127.0.0.1:8001", .tcp(host: "127.0.0.1", port: 8001),
                host: "127.0.0.1:8001"),
            Case(
                "ws://localhost:8765/", .tcp(host: "localhost", port: 8765), host: "localhost:8765"),
            Case("HTTP://hub", .tcp(host: "hub", port: 80), host: "hub"),
            Case("https://hub", .tcp(host: "hub", port: 443), host: "hub", isSecure: true),
            Case("https://hub:80", .tcp(host: "hub", port: 80), host: "hub:80", isSecure: true),
            Case(
                "WSS://[::1]:8443/x", .tcp(host: "::1", port: 8443), host: "[::1]:8443", path: "/x",
                isSecure: true),
            Case(
                "http://[::1]:8001/", .tcp(host: "::1", port: 8001), host: "[::1]:8001"),
            Case(
                "http://hub:1/push/", .tcp(host: "hub", port: 1), host: "hub:1", prefix: "/push",
                path: "/push/ws"),
            Case(
                "ws://hub:1/ws/notificaciones/1/", .tcp(host: "hub", port: 1), host: "hub:1",
                path: "/ws/notificaciones/1/"),
            Case(
                "ws://hub:1/runCase?case=1&agent=a", .tcp(host: "hub", port: 1), host: "hub:1",
                path: "/runCase?case=1&agent=a"),
            Case("unix:/run/campana.sock", .unix(path: "/run/campana.sock"), host: "localhost"),
            Case("unix:///run/campana.sock", .unix(path: "/run/campana.sock"), host: "localhost"),
        ])
    func reads(_ row: Case) throws {
        let address = try HubAddress(row.text)
        #expect(address.endpoint == row.endpoint)
        #expect(address.host == row.host)
        #expect(address.prefix == row.prefix)
        #expect(address.webSocketPath == row.path)
        #expect(address.isSecure == row.isSecure)
    }

    @Test(
        "what is refused, and why",
        arguments: [
            ("localhost:8001", .noScheme), ("", .noScheme),
            ("httpss://hub", .unknownScheme("httpss")),
            ("ftp://hub", .unknownScheme("ftp")),
            ("http://", .badHost), ("http://:80", .badHost), ("http://a b:80", .badHost),
            ("http://::1:80", .badHost), ("http://[::1", .badHost),
            ("http://hub:", .badPort), ("http://hub:0", .badPort), ("http://hub:65536", .badPort),
            ("http://hub:80x", .badPort),
            ("http://me:secret@hub", .credentials),
            ("http://hub/a?b", .badPath), ("http://hub/#a", .badPath),
            ("http://hub/a\r\nX: y", .badPath),
            ("unix:run.sock", .badSocketPath), ("unix:", .badSocketPath),
            ("unix:/" + String(repeating: "a", count: 107), .badSocketPath),
        ] as [(String, AddressError.Fault)])
    func refuses(_ text: String, _ fault: AddressError.Fault) {
        let error = #expect(throws: AddressError.self) { try HubAddress(text) }
        #expect(error?.fault == fault)
        #expect(error?.description.isEmpty == false)
    }

    @Test("a path of 107 bytes is the longest")
    func longest() throws {
        let address = try HubAddress("unix:/" + String(repeating: "a", count: 106))
        #expect(address.prefix.isEmpty)
    }
}
