import Bytes
import Testing

@testable import Hub

@Suite("Where webhooks may be delivered to (RFC 6890)")
struct AddressRulesTests {
    @Test(
        "what is not of the public Internet is refused, in whatever form it is written",
        arguments: [
            ("0.0.0.0", "unspecified"), ("0.1.2.3", "unspecified"), ("10.0.0.1", "private"),
            ("100.64.0.1", "carrier"), ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"),
            ("169.254.169.254", "metadata"), ("172.16.0.1", "private"),
            ("172.31.255.255", "private"), ("192.168.0.1", "private"),
            ("192.0.2.1", "documentation"),
            ("198.18.0.1", "benchmarks"), ("224.0.0.1", "multicast"), ("239.1.2.3", "multicast"),
            ("240.0.0.1", "reserved"), ("255.255.255.255", "reserved"), ("::", "unspecified"),
            ("::1", "loopback"), ("fc00::1", "private"), ("fd12:3456::1", "private"),
            ("fe80::1", "link-local"), ("febf::1", "link-local"), ("fec0::1", "site-local"),
            ("ff02::1", "multicast"), ("2001:db8::1", "documentation"),
            ("::ffff:127.0.0.1", "loopback"), ("::ffff:10.1.2.3", "private"),
            ("::127.0.0.1", "loopback"), ("::ffff:0:169.254.169.254", "metadata"),
            ("64:ff9b::7f00:1", "loopback"), ("64:ff9b::10.0.0.1", "private"),
            ("64:ff9b:1::1", "translation"), ("2002:7f00:1::", "loopback"),
            ("2002:a9fe:a9fe::1", "metadata"), ("2002:c0a8:1::1", "private"),
            ("2001:0:0:0:0:0:80ff:fffe", "loopback"),  // Teredo: 7f00:1, inverted
            ("2001:470::5efe:10.0.0.1", "private"),  // ISATAP
            ("::1:2:3:4", "no network"), ("1fff:ffff::1", "no network"), ("4000::1", "no network"),
            ("4000::5efe:1.1.1.1", "no network"),
        ])
    func refused(_ text: String, _ kind: String) throws {
        let refusal = AddressRules().refusal(of: try #require(IPAddress(text)))
        #expect(try #require(refusal).contains(kind))
    }

    @Test(
        "the public Internet is allowed",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1", "169.253.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1",
            "223.255.255.255",
            "2606:4700::1111", "2a00:1450:4001::1", "::ffff:1.1.1.1", "64:ff9b::101:101",
            "2002:101:101::1", "2000::1", "3ffe:ffff::1",
        ])
    func allowed(_ text: String) throws {
        #expect(AddressRules().refusal(of: try #require(IPAddress(text))) == nil)
    }

    @Test("webhook-allow lets a block in, also where IPv6 carries it, and nothing beside it")
    func exceptions() throws {
        let rules = AddressRules(
            allowed: ["127.0.0.0/8", "fd00::/8"].compactMap { AddressBlock($0) })
        func refusal(_ text: String) throws -> String? {
            rules.refusal(of: try #require(IPAddress(text)))
        }
        #expect(try refusal("127.0.0.1") == nil)
        #expect(try refusal("::ffff:127.0.0.1") == nil)
        #expect(try refusal("fd00::1") == nil)
        #expect(try refusal("10.0.0.1") != nil)
        #expect(try refusal("::1") != nil)
        #expect(try refusal("fc00::1") != nil)
    }
}

@Suite("The URL of a webhook")
struct WebhookURLTests {
    @Test(
        "is taken apart as it is connected to",
        arguments: [
            ("http://example.com", "example.com", 80, "/", "example.com"),
            ("https://Example.COM/a/b?c=d", "example.com", 443, "/a/b?c=d", "example.com"),
            ("HTTP://example.com:8080/", "example.com", 8080, "/", "example.com:8080"),
            ("http://192.0.2.1:80/x", "192.0.2.1", 80, "/x", "192.0.2.1"),
            ("https://[2001:db8::1]:8443/x", "2001:db8::1", 8443, "/x", "[2001:db8::1]:8443"),
            ("https://example.com?x=1", "example.com", 443, "/?x=1", "example.com"),
            ("http://my_container/", "my_container", 80, "/", "my_container"),
        ])
    func parts(
        _ text: String, _ host: String, _ port: Int, _ target: String, _ authority: String
    ) throws {
        let url = try WebhookURL(text)
        #expect(url.host == host)
        #expect(url.port == UInt16(port))
        #expect(url.target == target)
        #expect(url.authority == authority)
        #expect(url.text == text)
    }

    @Test(
        "is refused where it could be read in two ways, or holds what does not belong there",
        arguments: [
            ("ftp://example.com", WebhookURLError.scheme), ("example.com", .scheme),
            ("http:/example.com", .scheme), ("", .scheme), ("http://", .host),
            ("http:///path", .host), ("http://user@example.com", .credentials),
            ("http://user:secret@example.com/", .credentials),
            ("http://example.com@127.0.0.1/", .credentials),
            ("http://127.0.0.1\\@example.com/", .host), ("http://exa mple.com/", .notASCII),
            ("http://exämple.com/", .notASCII), ("http://example.com/#x", .fragment),
            ("http://example.com:0/", .port), ("http://example.com:65536/", .port),
            ("http://example.com:/", .port), ("http://example.com:80a/", .port),
            ("http://[::1/", .host), ("http://[127.0.0.1]/", .host),
            ("http://[fe80::1%25eth0]/", .host),
            ("http://.com/", .host), ("http://a..b/", .host), ("http://a%2fb/", .host),
            ("http://example.com/%", .target), ("http://example.com/\r\nX: y", .notASCII),
            ("http://example.com/" + String(repeating: "a", count: WebhookURL.maxBytes), .tooLong),
        ])
    func refused(_ text: String, _ error: WebhookURLError) {
        #expect(throws: error) { try WebhookURL(text) }
    }

    @Test("2000 bytes are taken")
    func longest() throws {
        let start = "http://example.com/"
        let text = start + String(repeating: "a", count: WebhookURL.maxBytes - start.utf8.count)
        #expect(try WebhookURL(text).text.utf8.count == WebhookURL.maxBytes)
    }
}
