import Log
import Testing

@Suite("WIRE §3 cursors")
struct CursorTests {
    @Test("a cursor is read as it was written", arguments: ["k3f9aa-18342", "000000-0"])
    func roundTrip(_ text: String) {
        #expect(Cursor(text)?.text == text)
        #expect(Cursor("zzzzzz-18446744073709551615")?.position == .max)
    }

    @Test(
        "what is no cursor",
        arguments: [
            "", "-", "k3f9aa", "k3f9aa-", "k3f9aa-x", "k3f9a-1", "k3f9aaa-1", "K3f9aa-1",
            "k3f9aa-01", "k3f9aa--1", "k3f9aa-+1", "k3f9aa-1 ", " k3f9aa-1", "k3f9a_-1",
            "k3f9aa-18446744073709551616", "k3f9é-1",
        ])
    func refuses(_ text: String) { #expect(Cursor(text) == nil) }

    @Test("a random epoch uses the whole alphabet and nothing else")
    func random() {
        var generator = SystemRandomNumberGenerator()
        var seen: Set<Character> = []
        for _ in 0..<1000 {
            let text = Epoch.random(using: &generator).text
            #expect(Epoch(text)?.text == text)
            seen.formUnion(text)
        }
        #expect(seen.count == 36)
    }
}
