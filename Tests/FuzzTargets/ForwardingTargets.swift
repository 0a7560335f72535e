import Bytes
import HTTP1
import Hub

extension FuzzTarget {
    /// X-Forwarded-For and Forwarded, a line each: nothing that a client has sent changes how that
    /// is read which a proxy has appended behind it.
    static let forwarded = FuzzTarget(name: "forwarded") { input throws(Finding) in
        let lines = input.split(separator: ASCII.lf).map { String(decoding: $0, as: UTF8.self) }
        for field in ForwardingField.allCases {
            let nodes = nodes(lines, field)
            try hold(
                !nodes.dropLast().contains(.malformed), "nothing follows what is malformed")
            for (address, text) in appended(to: field) {
                let node = ForwardedNode.address(address)
                try same(
                    Self.nodes(lines + [text], field), [node] + nodes, "a line that is appended")
                guard let last = lines.last else { continue }
                try same(
                    Self.nodes(lines.dropLast() + ["\(last), \(text)"], field), [node] + nodes,
                    "an element that is appended")
            }
            for case .address(let address) in nodes {
                try same(address, address.unmapped, "IPv4 within IPv6 is that IPv4 address")
                try same(IPAddress(address.description), address, "an address has one text")
                try hold(AddressKey(address).isCounted, "an address can be counted")
            }
        }
    }

    private static func nodes(_ lines: [String], _ field: ForwardingField) -> [ForwardedNode] {
        var fields = Fields()
        for line in lines { fields.append(field.rawValue, line) }
        return Array(fields.forwardedNodes(in: field))
    }

    /// What a proxy appends, and whom it names.
    private static func appended(to field: ForwardingField) -> [(IPAddress, String)] {
        let (old, new) = (IPAddress.v4(0xCB00_7107), IPAddress.v6(high: 0x2001_0DB8 << 32, low: 1))
        return switch field {
        case .xForwardedFor: [(old, "203.0.113.7"), (new, "2001:db8::1")]
        case .forwarded:
            [
                (old, "for=203.0.113.7;host=\"a,\\\"b\""),
                (new, "proto=https;for=\"[2001:db8::1]:443\""),
            ]
        }
    }
}
