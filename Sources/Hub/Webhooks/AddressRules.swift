import Bytes

/// Which addresses a webhook may be delivered to (RFC 6890 and its registries).
///
/// A hub stands inside a network, and whoever makes a webhook tells it where to connect to. So
/// only addresses of the public Internet are taken, and those that the operator allows. What is
/// checked is the address that is connected to, not the name.
public struct AddressRules: Sendable {
    /// What the operator allows beside the public Internet.
    public var allowed: [AddressBlock]

    /// Sets the rules up.
    public init(allowed: [AddressBlock] = []) { self.allowed = allowed }

    /// Why nothing is delivered to an address; `nil` where it may be.
    ///
    /// - Parameter address: What would be connected to.
    /// - Returns: What kind of address it is, in a few words.
    public func refusal(of address: IPAddress) -> String? {
        if allowed.contains(where: { $0.contains(address) }) { return nil }
        if let embedded = Self.embedded(in: address) {
            // What carries an IPv4 address is as good as that one.
            if allowed.contains(where: { $0.contains(embedded) }) { return nil }
            return Self.kind(of: embedded) ?? Self.kind(of: address)
        }
        return Self.kind(of: address)
    }

    /// The IPv4 address that an IPv6 one stands for.
    private static func embedded(in address: IPAddress) -> IPAddress? {
        guard case .v6(let high, let low) = address else { return nil }
        let last = UInt32(truncatingIfNeeded: low)
        switch (high, low >> 32) {
        case (0, 0xFFFF), (0, 0xFFFF_0000): return .v4(last)  // mapped, and SIIT (RFC 2765)
        case (0, 0) where low > 1: return .v4(last)  // compatible (RFC 4291 §2.5.5.1)
        case (0x0064_FF9B_0000_0000, 0): return .v4(last)  // NAT64 (RFC 6052)
        case _ where high >> 48 == 0x2002:  // 6to4 (RFC 3056)
            return .v4(UInt32(truncatingIfNeeded: high >> 16))
        case _ where high >> 32 == 0x2001_0000:  // Teredo hides it inverted (RFC 4380)
            return .v4(~last)
        case _ where low >> 32 | 0x0200_0000 == 0x0200_5EFE:  // ISATAP (RFC 5214)
            return .v4(last)
        default: return nil
        }
    }

    private static func kind(of address: IPAddress) -> String? {
        if let kind = refused.first(where: { $0.block.contains(address) })?.kind { return kind }
        // RFC 4291 §2.4, and IANA's registry: only this part of IPv6 is given out.
        guard case .v6(let high, let low) = address, high >> 61 != 1 else { return nil }
        return switch (high, low >> 32) {
        case (0, 0xFFFF), (0, 0xFFFF_0000), (0x0064_FF9B_0000_0000, 0): nil  // IPv4, see above
        default: "of no network of the public Internet"
        }
    }

    private static let refused: [(block: AddressBlock, kind: String)] = [
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, where clouds keep their metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "of the IETF's protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a relay of 6to4"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, or broadcast"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "an IPv4 address in an old form"),
        ("64:ff9b:1::/48", "a local translation to IPv4"),
        ("100::/64", "for discarding"),
        ("2001:db8::/32", "for documentation"),
        ("3fff::/20", "for documentation"),
        ("2001:2::/48", "for benchmarks"),
        ("5f00::/16", "of segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    ].compactMap { text, kind in AddressBlock(text).map { ($0, kind) } }
}
