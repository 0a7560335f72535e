import Bytes
import Testing

@Suite("Decimal numbers")
struct DecimalTests {
    @Test(
        "what is read",
        arguments: [
            ("0", 0 as UInt64?), ("007", 7), ("18446744073709551615", .max),
            ("18446744073709551616", nil), ("99999999999999999999", nil), ("", nil), ("-1", nil),
            ("+1", nil), (" 1", nil), ("1 ", nil), ("0x1", nil), ("1.0", nil),
        ])
    func read(_ text: String, _ value: UInt64?) {
        #expect(parseDecimal(text.utf8) == value)
    }

    @Test(
        "what is written is what Swift writes",
        arguments: [0, 1, 9, 10, 11, 99, 100, 12345, -1, -10, Int64.max, Int64.min])
    func written(_ number: Int64) {
        var octets: [UInt8] = [ASCII.space]
        octets.append(decimal: number)
        #expect(String(decoding: octets, as: UTF8.self) == " \(number)")
    }

    @Test(
        "padding is to a width",
        arguments: [
            (0 as UInt32, 3, "000"), (7, 3, "007"), (42, 2, "42"), (1234, 3, "1234"), (5, 1, "5"),
        ])
    func padded(_ number: UInt32, _ width: Int, _ text: String) {
        var octets: [UInt8] = []
        octets.append(decimal: number, width: width)
        #expect(String(decoding: octets, as: UTF8.self) == text)
    }
}
