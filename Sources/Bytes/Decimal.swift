/// Reads a whole number written in decimal digits and nothing else.
///
/// - Parameter octets: What was written; a sign, a space or an empty sequence is refused.
/// - Returns: The number; `nil` where it is none or does not fit 64 bits.
@inlinable
public func parseDecimal(_ octets: some Sequence<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var isEmpty = true
    for octet in octets {
        guard ASCII.isDigit(octet) else { return nil }
        let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
        let (sum, carried) = product.addingReportingOverflow(UInt64(octet &- ASCII.zero))
        guard !overflowed, !carried else { return nil }
        value = sum
        isEmpty = false
    }
    return isEmpty ? nil : value
}
