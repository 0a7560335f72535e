/// Whose traffic is counted together, by the address that it comes from, in eight bytes.
///
/// An IPv4 address stands for itself. Of IPv6 the first 64 bits count, for whoever has one
/// address of such a network has them all (RFC 6177 §2). An IPv4 address within IPv6
/// (RFC 4291 §2.5.5.2) is that IPv4 address.
public struct AddressKey: Hashable, Sendable {
    private let bits: UInt64

    /// No address that a limit counts by: a socket file's, or one that is exempt.
    public static let none = AddressKey(bits: 0xFFFF_FFFE_0000_0000)
    /// A trusted proxy's: each of its requests says who its client is.
    public static let proxy = AddressKey(bits: 0xFFFF_FFFE_0000_0001)

    private init(bits: UInt64) { self.bits = bits }

    /// The key of an address.
    public init(_ address: IPAddress) {
        switch address.unmapped {
        case .v4(let address): bits = 0xFFFF_FFFF << 32 | UInt64(address)
        // RFC 4291 §2.7: multicast is no source, so all of it is one, and the rest of that range
        // is free for what is no network.
        case .v6(let high, _): bits = high >> 56 == 0xFF ? 0xFF << 56 : high
        }
    }

    /// Whether limits by address count it.
    public var isCounted: Bool { bits >> 32 != 0xFFFF_FFFE }
}

extension AddressKey: CustomStringConvertible {
    /// The address, or the network: `2001:db8::/64`.
    public var description: String {
        switch bits >> 32 {
        case 0xFFFF_FFFF: "\(IPAddress.v4(UInt32(truncatingIfNeeded: bits)))"
        case 0xFFFF_FFFE: self == .proxy ? "a trusted proxy" : "no address"
        default: "\(IPAddress.v6(high: bits, low: 0))/64"
        }
    }
}
