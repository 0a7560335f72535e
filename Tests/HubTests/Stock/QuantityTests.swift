import Testing

@testable import Hub

@Suite("Quantities: exact decimals with bounds")
struct QuantityTests {
    @Test(
        "a number is read as it is written, and shown with no more digits than it needs",
        arguments: [
            ("0", "0"), ("-0", "0"), ("0.0", "0"), ("0e9999999999", "0"), ("12", "12"),
            ("12.50", "12.5"), ("-3.000001", "-3.000001"), ("0.1", "0.1"), ("1e3", "1000"),
            ("1.5E+2", "150"), ("25e-1", "2.5"), ("0.000001", "0.000001"),
            ("1000000e-12", "0.000001"), ("007", "7"),
            ("999999999999.999999", "999999999999.999999"),
            ("-999999999999.999999", "-999999999999.999999"), ("0.1000000000000", "0.1"),
        ])
    func read(_ text: String, _ shown: String) throws {
        #expect(try Quantity(text).text == shown)
    }

    @Test(
        "what cannot be kept exactly is refused, not rounded",
        arguments: [
            ("", QuantityFault.notANumber), ("-", .notANumber), ("1.", .notANumber),
            (".5", .notANumber), ("1,5", .notANumber), ("+1", .notANumber), ("1 ", .notANumber),
            ("1e", .notANumber), ("0x1", .notANumber), ("NaN", .notANumber),
            ("0.0000001", .tooPrecise), ("1e-7", .tooPrecise), ("1e-99999999999", .tooPrecise),
            ("1000000000000", .outOfRange), ("1e12", .outOfRange), ("-1e12", .outOfRange),
            ("1e99999999999999999999", .outOfRange),
            ("9999999999999999999999999999.1234567", .outOfRange),
            (String(repeating: "1", count: 129), .notANumber),
        ])
    func refused(_ text: String, _ fault: QuantityFault) {
        #expect(throws: fault) { try Quantity(text) }
    }

    @Test("a tenth, ten times, is one; sums past the bounds are none")
    func sums() throws {
        let tenth = try Quantity("0.1")
        var sum = Quantity.zero
        for _ in 0..<10 { sum = try #require(sum.adding(tenth)) }
        #expect(sum.text == "1")
        let most = try Quantity("999999999999.999999")
        #expect(most.adding(try Quantity("0.000001")) == nil)
        #expect((-most).subtracting(try Quantity("0.000001")) == nil)
        #expect(most.subtracting(most) == .zero)
        #expect(try Quantity("-1") < Quantity("0.5"))
    }
}
