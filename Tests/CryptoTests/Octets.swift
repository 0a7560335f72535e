import Bytes

/// The octets of hexadecimal digits.
func octets(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count, by: 2).map { offset in
        UInt8(hex.dropFirst(offset).prefix(2), radix: 16) ?? 0
    }
}

/// The octets of base64url (RFC 7515 §2); none where it is not that.
func base64url(_ text: String) -> [UInt8] { Base64.decodeURL(text) ?? [] }
