import Testing

@testable import Bytes

@Suite("IP addresses and blocks of them")
struct IPAddressTests {
    @Test(
        "RFC 4291 §2.2 one value, whichever way it is written",
        arguments: [
            ("192.0.2.1", IPAddress.v4(0xC000_0201)), ("0.0.0.0", .v4(0)),
            ("255.255.255.255", .v4(.max)), ("::", .v6(high: 0, low: 0)),
            ("::1", .v6(high: 0, low: 1)), ("1::", .v6(high: 1 << 48, low: 0)),
            ("2001:db8::1", .v6(high: 0x2001_0DB8_0000_0000, low: 1)),
            ("2001:DB8:0:0:0:0:0:1", .v6(high: 0x2001_0DB8_0000_0000, low: 1)),
            ("::ffff:192.0.2.1", .v6(high: 0, low: 0xFFFF_C000_0201)),
            ("::192.0.2.1", .v6(high: 0, low: 0xC000_0201)),
            ("1:2:3:4:5:6:7:8", .v6(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0008)),
            ("1:2:3:4:5:6:7::", .v6(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0000)),
            ("::2:3:4:5:6:7:8", .v6(high: 0x0000_0002_0003_0004, low: 0x0005_0006_0007_0008)),
        ])
    func reads(_ text: String, _ address: IPAddress) {
        #expect(IPAddress(text) == address)
    }

    @Test(
        "what can be read in two ways, or is no address, is refused",
        arguments: [
            "", "1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "01.2.3.4", "1.2.3.256", "1.2.3.4.5",
            "1.2.3.", " 1.2.3.4", "1.2.3.4:80", "2130706433", ":", ":::", "1::2::3",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "fe80::1%eth0", "[::1]",
            "1.2.3.4::", "::1.2.3", "::ffff:1.2.3.4:5", "1:",
        ])
    func refuses(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "RFC 4632 §3.1 a block has all addresses that begin as it does",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("192.168.1.7", "192.168.1.7", true), ("192.168.1.7", "192.168.1.6", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
            ("169.254.0.0/31", "169.254.0.1", true), ("169.254.0.0/31", "169.254.0.2", false),
            ("fc00::/7", "fdff::1", true), ("fc00::/7", "fe00::", false),
            ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8::/64", "2001:db8:0:1::", false), ("::1/128", "::1", true),
            ("::1/128", "::2", false), ("::/65", "::7fff:0:0:0", true),
            ("::/65", "::8000:0:0:0", false),
        ])
    func contains(_ block: String, _ address: String, _ isIn: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(try #require(AddressBlock(block)).contains(address) == isIn)
    }

    @Test(
        "a length past the address is no block",
        arguments: [
            "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "/8", "10.0.0.0/-1", "x/8",
        ])
    func refusedBlocks(_ text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
