import Bytes
import HTTP1
import Testing

@testable import Hub

@Suite("Where requests come from")
struct ClientAddressesTests {
    @Test(
        "RFC 7239 §5.2 the client is the nearest that is not a trusted proxy",
        arguments: [
            ("203.0.113.7", "203.0.113.7"),
            // What the client says itself stands farther away
            ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
            ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7, 10.1.2.3, fd00::5", "203.0.113.7"),
            ("::ffff:203.0.113.7, ::ffff:10.1.2.3", "203.0.113.7"),
            // All are trusted: the farthest
            ("10.0.0.9, 10.1.2.3", "10.0.0.9"),
            // The search ends at what is hidden or malformed
            ("203.0.113.7, unknown, 10.1.2.3", "10.1.2.3"),
            ("203.0.113.7, x, 10.1.2.3", "10.1.2.3"),
            ("203.0.113.7, unknown", nil), ("203.0.113.7, ;", nil), ("", nil),
        ] as [(String, String?)])
    func client(_ value: String, _ client: String?) {
        let fields: Fields = ["X-Forwarded-For": value]
        #expect(addresses().client(of: fields)?.description == client)
    }

    @Test("only the field that is believed says who it is")
    func field() {
        let fields: Fields = ["X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.2"]
        #expect(addresses(.forwarded).client(of: fields)?.description == "192.0.2.2")
        #expect(addresses(.xForwardedFor).client(of: fields)?.description == "192.0.2.1")
        #expect(addresses(.forwarded).client(of: ["X-Forwarded-For": "192.0.2.1"]) == nil)
    }

    @Test(
        "a connection counts as its other end, but for proxies, exempt ones and socket files",
        arguments: [
            ("203.0.113.7", false, "203.0.113.7"), ("::ffff:203.0.113.7", false, "203.0.113.7"),
            ("10.1.2.3", false, "proxy"), ("::ffff:10.1.2.3", false, "proxy"),
            ("fd00::5", false, "proxy"), ("127.0.0.1", false, "none"), ("::1", false, "none"),
            ("::ffff:127.0.0.1", false, "none"), ("::2", false, "::2"), (nil, false, "none"),
            (nil, true, "proxy"),
        ] as [(String?, Bool, String)])
    func peer(_ peer: String?, _ areSocketFilesProxies: Bool, _ key: String) {
        let addresses = addresses(areSocketFilesProxies: areSocketFilesProxies)
        #expect(addresses.key(ofPeer: peer.flatMap { IPAddress($0) }) == named(key))
    }

    @Test(
        "a proxy's request counts as its client, who may be exempt",
        arguments: [
            ("203.0.113.7", "203.0.113.7"), ("127.0.0.1", "none"), ("10.1.2.3", "10.1.2.3"),
            (nil, "none"),
        ] as [(String?, String)])
    func request(_ client: String?, _ key: String) {
        #expect(addresses().key(of: client.flatMap { IPAddress($0) }) == named(key))
    }

    private func named(_ key: String) -> AddressKey? {
        switch key {
        case "none": AddressKey.none
        case "proxy": .proxy
        default: IPAddress(key).map { AddressKey($0) }
        }
    }

    private func addresses(
        _ field: ForwardingField = .xForwardedFor, areSocketFilesProxies: Bool = false
    ) -> ClientAddresses {
        ClientAddresses(
            proxies: ["10.0.0.0/8", "fd00::/8"].compactMap { AddressBlock($0) },
            areSocketFilesProxies: areSocketFilesProxies, field: field,
            exempt: ["127.0.0.0/8", "::1"].compactMap { AddressBlock($0) })
    }
}
