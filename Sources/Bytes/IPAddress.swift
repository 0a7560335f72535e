/// An IP address as a value, without a port or a zone.
public enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// How many bits it has.
    public var bitCount: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// Reads `192.0.2.1` or `2001:db8::1` (RFC 4291 §2.2); `nil` for anything else, a zone, a
    /// port or an octet with a leading zero among it.
    public init?(_ text: String) {
        self.init(octets: Array(text.utf8)[...])
    }

    /// Reads an address from its text, as ``init(_:)`` does.
    public init?(octets: ArraySlice<UInt8>) {
        if octets.contains(ASCII.colon) {
            guard let (high, low) = Self.words(octets) else { return nil }
            self = .v6(high: high, low: low)
        } else {
            guard let address = Self.quad(octets) else { return nil }
            self = .v4(address)
        }
    }

    /// The IPv4 address that stands within an IPv6 one (RFC 4291 §2.5.5.2); else the same.
    public var unmapped: IPAddress {
        guard case .v6(0, let low) = self, low >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: low))
    }

    private static func quad(_ octets: ArraySlice<UInt8>) -> UInt32? {
        let parts = octets.split(separator: ASCII.dot, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard part.count <= 3, part.count == 1 || part.first != ASCII.zero,
                let value = parseDecimal(part), value <= 255
            else { return nil }
            address = address << 8 | UInt32(value)
        }
        return address
    }

    private static func words(_ text: ArraySlice<UInt8>) -> (high: UInt64, low: UInt64)? {
        var front: [UInt16] = []
        var back: [UInt16] = []
        if let gap = gap(in: text) {
            guard let before = groups(text[..<gap], mayEndInQuad: false),
                let after = groups(text[(gap + 2)...]),
                before.count + after.count <= 7
            else { return nil }
            (front, back) = (before, after)
        } else {
            guard let all = groups(text), all.count == 8 else { return nil }
            front = all
        }
        let zeros = [UInt16](repeating: 0, count: 8 - front.count - back.count)
        let all = front + zeros + back
        func word(_ groups: ArraySlice<UInt16>) -> UInt64 {
            groups.reduce(0) { $0 << 16 | UInt64($1) }
        }
        return (word(all[..<4]), word(all[4...]))
    }

    /// Where `::` stands, if it stands once.
    private static func gap(in octets: ArraySlice<UInt8>) -> Int? {
        octets.indices.dropLast().first {
            octets[$0] == ASCII.colon && octets[$0 + 1] == ASCII.colon
        }
    }

    private static func groups(
        _ octets: ArraySlice<UInt8>, mayEndInQuad: Bool = true
    ) -> [UInt16]? {
        if octets.isEmpty { return [] }
        let parts = octets.split(separator: ASCII.colon, omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInQuad, index == parts.count - 1, part.contains(ASCII.dot) {
                guard let quad = quad(part) else { return nil }
                groups.append(UInt16(quad >> 16))
                groups.append(UInt16(quad & 0xFFFF))
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var value: UInt16 = 0
            for octet in part {
                guard let digit = ASCII.hexValue(octet) else { return nil }
                value = value << 4 | UInt16(digit)
            }
            groups.append(value)
        }
        return groups
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address in its usual form (RFC 5952 §4 for IPv6).
    public var description: String {
        switch self {
        case .v4(let address):
            return stride(from: 24, through: 0, by: -8).map { "\(address >> UInt32($0) & 0xFF)" }
                .joined(separator: ".")
        case .v6(0, let low) where low >> 32 == 0xFFFF:  // §5
            return "::ffff:\(unmapped)"
        case .v6(let high, let low):
            let groups = [high, low].flatMap { word in
                stride(from: 48, through: 0, by: -16).map { word >> UInt64($0) & 0xFFFF }
            }
            let gap = Self.longestRun(ofZeros: groups)
            let before = Self.text(of: groups[..<gap.lowerBound])
            return gap.isEmpty ? before : "\(before)::\(Self.text(of: groups[gap.upperBound...]))"
        }
    }

    /// The first of the longest runs of two zeros or more (RFC 5952 §4.2); empty at the end where
    /// there is none.
    private static func longestRun(ofZeros groups: [UInt64]) -> Range<Int> {
        var longest = groups.endIndex..<groups.endIndex
        var start = groups.startIndex
        for (index, group) in groups.enumerated() {
            guard group == 0 else {
                start = index + 1
                continue
            }
            let run = start..<(index + 1)
            if run.count > max(longest.count, 1) { longest = run }
        }
        return longest
    }

    private static func text(of groups: ArraySlice<UInt64>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
}

/// A block of addresses: `10.0.0.0/8`, `fd00::/8` (RFC 4632 §3.1, RFC 4291 §2.3).
public struct AddressBlock: Hashable, Sendable {
    /// As it was written.
    public let text: String
    public let address: IPAddress
    /// How many of the first bits are the block's.
    public let prefixLength: Int

    /// Reads a block; an address without a length is a block of one.
    ///
    /// - Parameter text: What was written; `nil` for anything else than a block.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = IPAddress(String(first))
        else { return nil }
        self.text = text
        self.address = address
        guard parts.count == 2 else {
            prefixLength = address.bitCount
            return
        }
        guard parts[1].utf8.count <= 3, let length = parseDecimal(parts[1].utf8),
            length <= UInt64(address.bitCount)
        else { return nil }
        prefixLength = Int(length)
    }

    /// Whether `other` lies in it; an address of the other family never does.
    public func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let mine), .v4(let theirs)):
            return Self.areEqual(UInt64(mine), UInt64(theirs), bits: prefixLength, of: 32)
        case (.v6(let high, let low), .v6(let otherHigh, let otherLow)):
            return Self.areEqual(high, otherHigh, bits: min(prefixLength, 64), of: 64)
                && Self.areEqual(low, otherLow, bits: max(prefixLength - 64, 0), of: 64)
        case (.v4, .v6), (.v6, .v4):
            return false
        }
    }

    private static func areEqual(_ one: UInt64, _ other: UInt64, bits: Int, of width: Int) -> Bool {
        (one ^ other) >> UInt64(width - bits) == 0
    }
}
