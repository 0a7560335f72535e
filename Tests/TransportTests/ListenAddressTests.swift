import Testing
import Transport

@Suite("Addresses to listen on")
struct ListenAddressTests {
    @Test(
        "what is one reads, and prints as it was",
        arguments: [
            ("127.0.0.1:8001", ListenAddress.tcp(host: "127.0.0.1", port: 8001)),
            ("[::1]:8765", .tcp(host: "::1", port: 8765)),
            ("[fe80::1%eth0]:1", .tcp(host: "fe80::1%eth0", port: 1)),
            ("localhost:0", .tcp(host: "localhost", port: 0)),
            ("*:65535", .tcp(host: "*", port: 65_535)),
            ("hub.example.org:80", .tcp(host: "hub.example.org", port: 80)),
            ("unix:/run/x.sock", .unix(path: "/run/x.sock")),
            ("unix:x", .unix(path: "x")),
        ])
    func reads(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(
        "what is none is refused",
        arguments: [
            "", "8001", ":8001", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
            "127.0.0.1:+1", "127.0.0.1: 1", "::1:8765", "[::1]", "[::1]8765", "[localhost]:1",
            "[]:1", "a b:1", "a/b:1", "unix:", "unix:a\0b",
        ])
    func refuses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("a path of 107 bytes fits a socket, one of 108 does not (unix(7))")
    func longestPath() {
        #expect(ListenAddress("unix:" + String(repeating: "x", count: 107)) != nil)
        #expect(ListenAddress("unix:" + String(repeating: "x", count: 108)) == nil)
    }
}
