import Testing

@testable import Settings

@Suite("How values are written")
struct ValueKindTests {
    @Test(
        "a duration needs its unit",
        arguments: [
            ("0s", .zero), ("500ms", .milliseconds(500)), ("25s", .seconds(25)),
            ("10m", .seconds(600)), ("24h", .seconds(86_400)), ("7d", .seconds(604_800)),
            ("3660d", .seconds(3660 * 86_400)),
            ("3661d", nil), ("25", nil), ("", nil), ("s", nil), ("-1s", nil), ("1.5s", nil),
            ("1 s", nil), ("25S", nil), ("99999999999999999999ms", nil),
            ("18446744073709551615d", nil),
        ] as [(String, Duration?)])
    func duration(_ text: String, _ expected: Duration?) {
        #expect(ValueKind.duration.read(text) == expected)
    }

    @Test(
        "a size is bytes, or has a binary unit",
        arguments: [
            ("65536", 65_536), ("64KiB", 65_536), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648),
            ("1TiB", 1_099_511_627_776), ("1", 1), ("0", nil), ("64KB", nil), ("64k", nil),
            ("KiB", nil), ("", nil), ("-1", nil), ("9223372036854775808", nil),
            ("16777216TiB", nil),
        ] as [(String, Int?)])
    func size(_ text: String, _ expected: Int?) {
        #expect(ValueKind.size().read(text) == expected)
    }

    @Test(
        "a bound is kept at the bound and one beyond it",
        arguments: [
            ("1023", nil), ("1024", 1024), ("1KiB", 1024),
        ] as [(String, Int?)])
    func leastSize(_ text: String, _ expected: Int?) {
        #expect(ValueKind.size(atLeast: 1024).read(text) == expected)
    }

    @Test(
        "a count stays in its range",
        arguments: [
            ("7", nil), ("8", 8), ("10", 10), ("11", nil), ("", nil), ("+9", nil), ("9x", nil),
            ("18446744073709551616", nil), ("9223372036854775808", nil),
        ] as [(String, Int?)])
    func count(_ text: String, _ expected: Int?) {
        #expect(ValueKind.count(8...10).read(text) == expected)
    }

    @Test(
        "an address is HOST:PORT or unix:/PATH",
        arguments: [
            ("127.0.0.1:8001", true), ("[::1]:0", true), ("localhost:65535", true),
            ("unix:/run/campana.sock", true), ("localhost:65536", false), ("localhost", false),
            (":8001", false), ("localhost:", false), ("unix:run.sock", false), ("", false),
        ])
    func address(_ text: String, _ isRight: Bool) {
        #expect((ValueKind.address.read(text) != nil) == isRight)
    }

    @Test(
        "an origin is a scheme, a host, and a port that is not the scheme's: as browsers write it",
        arguments: [
            ("https://app.example", "https://app.example"),
            ("HTTPS://App.Example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("http://app.example:443", "http://app.example:443"),
            ("http://localhost:3000", "http://localhost:3000"), ("http://[::1]", "http://[::1]"),
            ("http://[::1]:8001", "http://[::1]:8001"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abc", "chrome-extension://abc"),
            ("https://app.example/", nil), ("https://app.example/x", nil), ("app.example", nil),
            ("*", nil), ("null", nil), ("https://*", nil), ("https://*.example", nil), ("", nil),
            ("https://", nil), ("://app.example", nil), ("1s://app.example", nil),
            ("https://app.example:", nil), ("https://app.example:0", nil),
            ("https://app.example:65536", nil), ("https://app.example:x", nil),
            ("https://u@app.example", nil), ("https://app.example?x", nil), ("https://a b", nil),
            ("https://[::1", nil), ("https://[x]", nil), ("https://[::1]x", nil),
            ("https://ñ", nil),
        ] as [(String, String?)])
    func origin(_ text: String, _ expected: String?) {
        #expect(ValueKind.origin.read(text) == expected)
    }

    @Test(
        "what is shown can be read again", arguments: [0, 1, 999, 1000, 60_000, 90_000, 86_400_000])
    func durationsRoundTrip(_ milliseconds: Int) {
        let shown = ValueKind.duration.show(.milliseconds(milliseconds))
        #expect(ValueKind.duration.read(shown) == .milliseconds(milliseconds), "shown as \(shown)")
    }

    @Test("what is shown can be read again", arguments: [1, 1000, 1024, 1536, 1 << 20, 3 << 40])
    func sizesRoundTrip(_ bytes: Int) {
        let shown = ValueKind.size().show(bytes)
        #expect(ValueKind.size().read(shown) == bytes, "shown as \(shown)")
    }

    @Test(
        "a rate is a count in a unit of time",
        arguments: [
            ("60/min", true), ("1000/hour", true), ("1/s", true), ("1000000/day", true),
            ("0/s", false), ("1000001/s", false), ("60", false), ("60/m", false), ("off", false),
            ("", false),
        ])
    func rate(_ text: String, _ isRight: Bool) {
        let shown = ValueKind.rateLimit.read(text).map(ValueKind.rateLimit.show)
        #expect(shown == (isRight ? text : nil))
    }

    @Test("off is a value of its own")
    func off() throws {
        let kind = ValueKind.duration.orOff()
        let off = try #require(kind.read("off"))
        #expect(off == nil)
        #expect(kind.read("1s") == .some(.seconds(1)))
        #expect(kind.read("never") == .none)
    }
}
