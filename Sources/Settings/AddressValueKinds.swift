import Bytes

extension ValueKind where Value == AddressBlock {
    /// A block of addresses.
    static let addressBlock = ValueKind(
        "CIDR", "a block of addresses such as 10.0.0.0/8 or fd00::/8",
        read: { AddressBlock($0) }, show: { $0.text })
}

extension ValueKind where Value == TrustedProxy {
    /// A block of addresses, or `unix`.
    static let trustedProxy = ValueKind(
        "CIDR", "a block of addresses such as 10.0.0.0/8 or fd00::/8, or \"unix\"",
        read: { text in
            text == "unix" ? .socketFile : AddressBlock(text).map { .addresses($0) }
        },
        show: { proxy in
            switch proxy {
            case .addresses(let block): block.text
            case .socketFile: "unix"
            }
        })
}

extension ValueKind where Value == ClosedRange<UInt16> {
    /// A port, or a range of them.
    static let ports = ValueKind(
        "PORTS", "a port such as 443, or a range such as 8000-8999",
        read: { text in
            let ends = text.split(separator: "-", omittingEmptySubsequences: false)
            let numbers = ends.compactMap { end in
                parseDecimal(end.utf8).flatMap { UInt16(exactly: $0) }
            }
            guard numbers.count == ends.count, let first = numbers.first, first > 0,
                let last = numbers.last, numbers.count <= 2, first <= last
            else { return nil }
            return first...last
        },
        show: { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" })
}
