import Bytes

/// Percent-encoding (RFC 3986 §2.1).
public enum PercentCoding {
    /// Appends `text` with every octet encoded that is not unreserved (RFC 3986 §2.3), so that
    /// it can stand as one segment of a path, or as a name or a value in a query.
    public static func append(_ text: String, to output: inout [UInt8]) {
        for octet in text.utf8 {
            if OctetSet.unreserved.contains(octet) {
                output.append(octet)
            } else {
                append(octet, to: &output)
            }
        }
    }

    /// `text` with every octet encoded that is not unreserved.
    public static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        append(text, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends `%` and two digits; §2.1: "should use uppercase hexadecimal digits".
    static func append(_ octet: UInt8, to output: inout [UInt8]) {
        output.append(ASCII.percent)
        for digit in [octet >> 4, octet & 0x0F] {
            output.append(digit < 10 ? ASCII.zero + digit : 0x37 + digit)
        }
    }

    /// The octets that `encoded` stands for.
    ///
    /// - Parameters:
    ///   - encoded: What to decode, once: `%2541` becomes `%41`.
    ///   - isForm: Whether `+` stands for a space, as forms and URLSearchParams write it.
    /// - Returns: `nil` where a `%` is not followed by two hexadecimal digits.
    static func decode(_ encoded: ArraySlice<UInt8>, isForm: Bool = false) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(encoded.count)
        var index = encoded.startIndex
        while index < encoded.endIndex {
            let octet = encoded[index]
            index += 1
            if octet == ASCII.percent {
                guard encoded.endIndex - index >= 2,
                    let high = ASCII.hexValue(encoded[index]),
                    let low = ASCII.hexValue(encoded[index + 1])
                else { return nil }
                decoded.append(high << 4 | low)
                index += 2
            } else {
                decoded.append(isForm && octet == ASCII.plus ? ASCII.space : octet)
            }
        }
        return decoded
    }
}
