import Bytes
import Testing

@testable import HTTP1

@Suite("RFC 7239, and X-Forwarded-For")
struct ForwardedTests {
    typealias Row = (values: [String], nodes: [String])

    @Test(
        "§4 and §6 nodes come from the nearest to the farthest, and end at what is malformed",
        arguments: [
            // §4, its examples
            (["for=\"_gazonk\""], ["hidden"]),
            (["For=\"[2001:db8:cafe::17]:4711\""], ["2001:db8:cafe::17"]),
            (["for=192.0.2.60;proto=http;by=203.0.113.43"], ["192.0.2.60"]),
            (["for=192.0.2.43, for=198.51.100.17"], ["198.51.100.17", "192.0.2.43"]),
            (["for=_hidden, for=_SEVKISEK"], ["hidden", "hidden"]),
            // §6: port numbers, and words for them
            (["for=\"192.0.2.43:47011\""], ["192.0.2.43"]),
            (["for=\"[2001:db8::17]:_port\""], ["2001:db8::17"]),
            (["for=\"192.0.2.43:123456\""], ["malformed"]),
            (["for=\"192.0.2.43:\""], ["malformed"]),
            (["for=\"192.0.2.43:x\""], ["malformed"]), (["for=\"unknown:80\""], ["hidden"]),
            (["for=\"_:80\""], ["malformed"]), (["for=\"[::1]80\""], ["malformed"]),
            // §6.1: IPv6 stands in brackets, and in quotes, for they are not of a token
            (["for=[2001:db8::17]"], ["malformed"]), (["for=\"2001:db8::17\""], ["malformed"]),
            (["for=192.0.2.43:80"], ["malformed"]), (["for=\"[192.0.2.43]\""], ["malformed"]),
            (["for=\"[2001:db8::17\""], ["malformed"]), (["for=\"[fe80::1%eth0]\""], ["malformed"]),
            (["for=\"[::ffff:192.0.2.1]\""], ["192.0.2.1"]),
            // §6.2, §6.3
            (["for=unknown"], ["hidden"]), (["for=UNKNOWN"], ["hidden"]),
            (["for=_"], ["malformed"]),
            (["for=_a.b-c_1"], ["hidden"]), (["for=\"_a b\""], ["malformed"]),
            (["for=somebody"], ["malformed"]), (["for=256.0.0.1"], ["malformed"]),
            // Elements without "for", without pairs, with pairs that are none
            (["proto=https"], ["hidden"]), (["by=_x;for=192.0.2.1"], ["192.0.2.1"]),
            ([";;"], ["hidden"]),
            (["for"], ["malformed"]), (["for="], ["malformed"]), (["=192.0.2.1"], ["malformed"]),
            (["for=192.0.2.1;for=192.0.2.2"], ["malformed"]), (["for =192.0.2.1"], ["malformed"]),
            (["for= 192.0.2.1"], ["malformed"]), (["for=192.0.2.1;x=\"a"], ["malformed"]),
            (["for=\"192.0.2.1\"x"], ["malformed"]), (["for=192.0.2.1; proto=http"], ["192.0.2.1"]),
            // Quotes
            (["for=\"192.0.2\\.1\""], ["192.0.2.1"]),
            (["for=192.0.2.1;host=\"a,b\", for=192.0.2.2"], ["192.0.2.2", "192.0.2.1"]),
            (["for=192.0.2.1;host=\"a\\\",for=192.0.2.9\""], ["192.0.2.1"]),
            (["for=192.0.2.1;host=\"a\\\\\",for=192.0.2.2"], ["192.0.2.2", "192.0.2.1"]),
            // A quote that the client has left open changes nothing behind it
            (["for=\"192.0.2.9, for=192.0.2.1"], ["192.0.2.1", "malformed"]),
            (["host=\"\\, for=192.0.2.1"], ["192.0.2.1", "malformed"]),
            // Lists of several lines (RFC 9110 §5.3), and empty members (§5.6.1.2)
            (
                ["for=192.0.2.1", "for=192.0.2.2,for=192.0.2.3"],
                ["192.0.2.3", "192.0.2.2", "192.0.2.1"]
            ),
            ([" , for=192.0.2.1,, ", ""], ["192.0.2.1"]), ([], []), ([""], []), ([","], []),
            (["for=192.0.2.1, x, for=192.0.2.3"], ["192.0.2.3", "malformed"]),
            (["for=192.0.2.1", "for=\"x", "for=192.0.2.3"], ["192.0.2.3", "malformed"]),
        ] as [Row])
    func forwarded(_ row: Row) {
        #expect(nodes(.forwarded, "Forwarded", row.values) == row.nodes)
    }

    @Test(
        "X-Forwarded-For has addresses, with or without a port",
        arguments: [
            (["192.0.2.1"], ["192.0.2.1"]), (["192.0.2.1:80"], ["192.0.2.1"]),
            (["2001:db8::1"], ["2001:db8::1"]), (["[2001:db8::1]"], ["2001:db8::1"]),
            (["[2001:db8::1]:80"], ["2001:db8::1"]), (["::ffff:192.0.2.1"], ["192.0.2.1"]),
            (["192.0.2.1, 192.0.2.2 ,192.0.2.3"], ["192.0.2.3", "192.0.2.2", "192.0.2.1"]),
            (["192.0.2.1", "192.0.2.2"], ["192.0.2.2", "192.0.2.1"]),
            (["unknown, 192.0.2.2"], ["192.0.2.2", "hidden"]), (["_x"], ["hidden"]),
            (["\"192.0.2.1\""], ["malformed"]), (["192.0.2.1;x"], ["malformed"]),
            (["\", 192.0.2.1"], ["192.0.2.1", "malformed"]), (["for=192.0.2.1"], ["malformed"]),
            (["127.1"], ["malformed"]), (["[192.0.2.1]:80"], ["malformed"]),
            (["[::1"], ["malformed"]),
            (["192.0.2.1, evil, 192.0.2.2"], ["192.0.2.2", "malformed"]),
            (["fe80::1%1"], ["malformed"]),
            ([""], []), ([" , "], []),
        ] as [Row])
    func addresses(_ row: Row) {
        #expect(nodes(.xForwardedFor, "x-forwarded-for", row.values) == row.nodes)
    }

    @Test("one field is read, and no other")
    func other() {
        let fields: Fields = ["X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.2"]
        #expect(Array(fields.forwardedNodes(in: .forwarded)) == [.address(.v4(0xC000_0202))])
        #expect(Array(fields.forwardedNodes(in: .xForwardedFor)) == [.address(.v4(0xC000_0201))])
    }

    private func nodes(_ field: ForwardingField, _ name: String, _ values: [String]) -> [String] {
        var fields: Fields = ["Host": "for=192.0.2.200"]
        for value in values { fields.append(name, value) }
        return fields.forwardedNodes(in: field).map { node in
            switch node {
            case .address(let address): address.description
            case .hidden: "hidden"
            case .malformed: "malformed"
            }
        }
    }
}
