import HubClient
import Testing

@Suite("The state of a tail")
struct TailStateTests {
    @Test("what was written is read")
    func roundTrip() throws {
        let place = try #require(cursor(77))
        let state = TailState(
            url: "http://127.0.0.1:8001", groups: ["tasks", "stock:*"], cursor: place,
            seqs: ["tasks": 77, "stock:norte": 3])
        #expect(
            state.encode().text == """
                {"campana_tail":1,"url":"http://127.0.0.1:8001","groups":["tasks","stock:*"],\
                "cursor":"k3f9aa-77","seqs":{"stock:norte":3,"tasks":77}}

                """)
        #expect(try TailState.decode(state.encode()) == state)
    }

    @Test("a file of a later campana may hold more")
    func unknownMembers() throws {
        let text = #"{"campana_tail":1,"cursor":"k3f9aa-77","new":[1,2]}"#
        #expect(try TailState.decode(Array(text.utf8)).cursor == cursor(77))
    }

    @Test("the numbers of 1000 groups are kept at most")
    func bounded() throws {
        let place = try #require(cursor(1))
        for (count, kept) in [(999, 999), (1000, 1000), (1001, 1000)] {
            let seqs = Dictionary(uniqueKeysWithValues: (0..<count).map { ("g\($0)", UInt64(1)) })
            let state = TailState(url: "", groups: [], cursor: place, seqs: seqs)
            #expect(try TailState.decode(state.encode()).seqs.count == kept)
        }
    }

    @Test(
        "what is refused",
        arguments: [
            ("", "JSON"), ("{}", "campana_tail is missing"),
            (#"{"campana_tail":2,"cursor":"k3f9aa-77"}"#, "format 2"),
            (#"{"campana_tail":1,"cursor":"k3f9aa-077"}"#, "k3f9aa-077"),
            (#"{"campana_tail":1}"#, "cursor"),
            (#"{"campana_tail":1,"cursor":"k3f9aa-77""#, "ends"),
        ])
    func refused(_ text: String, _ word: String) {
        let fault = #expect(throws: StateFault.self) { try TailState.decode(Array(text.utf8)) }
        #expect(fault?.message.contains(word) == true || word == "JSON", "\(fault as Any)")
    }
}
