import Log
import Testing

@Suite("WIRE §3 events")
struct EventTests {
    private let place = Appended(
        cursor: Cursor("k3f9aa-18342") ?? { preconditionFailure("a cursor") }(), seq: 77,
        at: Timestamp(milliseconds: 1_768_471_200_123))

    private func encode(payload: String) throws -> [UInt8] {
        let draft = EventDraft(
            group: try Group("stock:norte"), type: try #require(EventType("movimiento_creado")),
            payloadName: "movimiento", payload: Array(payload.utf8))
        var encoder = EventEncoder()
        return encoder.encode(draft, place)
    }

    @Test("the line has its members in order")
    func encodes() throws {
        let line = String(decoding: try encode(payload: #"{"id":1}"#), as: UTF8.self)
        #expect(
            line == #"{"type":"movimiento_creado","group":"stock:norte","seq":77,"#
                + #""cursor":"k3f9aa-18342","timestamp":"2026-01-15T10:00:00.123Z","#
                + #""movimiento":{"id":1}}"#)
    }

    @Test("the type is read back from the line")
    func type() throws {
        let event = Event(
            position: 1, seq: 1, group: try Group("a"), at: place.at, json: try encode(payload: "1")
        )
        #expect(event.type == "movimiento_creado")
    }

    @Test("a new epoch changes the event's own cursor, and nothing in the payload")
    func epoch() throws {
        let payload = #"{"seq":1,"cursor":"k3f9aa-18342"}"#
        var json = try encode(payload: payload)
        EventEncoding.replaceEpoch(with: try #require(Epoch("zzzzzz")), in: &json)
        let line = String(decoding: json, as: UTF8.self)
        #expect(line.contains(#""seq":77,"cursor":"zzzzzz-18342","timestamp""#))
        #expect(line.hasSuffix(payload + "}"))
    }

    @Test("what is no event's line is left alone", arguments: ["", "{}", "1,2,3,4", ",,,"])
    func noLine(_ text: String) throws {
        var json = Array(text.utf8)
        EventEncoding.replaceEpoch(with: try #require(Epoch("zzzzzz")), in: &json)
        #expect(json == Array(text.utf8))
    }

    @Test(
        "types",
        arguments: [
            ("a", true), ("task_created", true), ("a.b_2", true), ("", false), ("A", false),
            ("1a", false), ("_a", false), ("a-b", false), ("a b", false), ("é", false),
            (String(repeating: "a", count: 100), true), (String(repeating: "a", count: 101), false),
        ])
    func types(_ text: String, _ isValid: Bool) {
        #expect((EventType(text) != nil) == isValid)
    }
}
