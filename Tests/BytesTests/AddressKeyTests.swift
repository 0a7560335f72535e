import Testing

@testable import Bytes

@Suite("Whose traffic is counted together")
struct AddressKeyTests {
    @Test(
        "IPv4 by address, IPv6 by its first 64 bits, IPv4 within IPv6 as IPv4",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0", "255.255.255.255", false),
            ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false), ("::1", "::2", true),
            ("::ffff:192.0.2.1", "192.0.2.1", true), ("::ffff:192.0.2.1", "192.0.2.2", false),
            ("::192.0.2.1", "192.0.2.1", false), ("::ffff:192.0.2.1", "::1", false),
            ("ff02::1", "ffff:fffe::1", true), ("ffff:ffff:c000:0201::", "192.0.2.1", false),
        ])
    func together(_ one: String, _ other: String, _ areOne: Bool) throws {
        let (one, other) = (try #require(IPAddress(one)), try #require(IPAddress(other)))
        #expect((AddressKey(one) == AddressKey(other)) == areOne)
    }

    @Test("no address is taken for one that is not counted")
    func special() throws {
        for text in ["ffff:fffe::", "ffff:fffe:0:1::", "ffff:fffe::1", "255.255.255.255", "::"] {
            let key = AddressKey(try #require(IPAddress(text)))
            #expect(key.isCounted && key != .none && key != .proxy, "\(text)")
        }
        #expect(!AddressKey.none.isCounted && !AddressKey.proxy.isCounted)
        #expect(AddressKey.none != .proxy)
        #expect(MemoryLayout<AddressKey>.size == 8)
    }

    @Test(
        "is said as the address, or as the network that one client has",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("::1", "::/64"), ("ff02::1", "ff00::/64"),
        ])
    func words(_ address: String, _ text: String) throws {
        #expect(AddressKey(try #require(IPAddress(address))).description == text)
    }

    @Test(
        "RFC 5952 §4 and §5 an address has one text",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"), ("2001:0db8::0001", "2001:db8::1"),  // §4.1
            ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),  // §4.2.1
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),  // §4.2.2: one zero stays
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"), ("2001:DB8::AB", "2001:db8::ab"),  // §4.3
            ("::ffff:c000:201", "::ffff:192.0.2.1"),  // §5
        ])
    func text(_ written: String, _ text: String) throws {
        let address = try #require(IPAddress(written))
        #expect(address.description == text)
        #expect(IPAddress(text) == address)
    }
}
