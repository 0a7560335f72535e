import HubClient
import Testing

@Suite("How events look")
struct RenderingTests {
    func event(_ text: String) throws -> EventLine {
        guard case .event(let event) = try ServerMessage.decode(Array(text.utf8)) else {
            throw NoEvent()
        }
        return event
    }
    struct NoEvent: Error {}

    func render(_ text: String, _ format: EventFormat) throws -> String {
        var output: [UInt8] = []
        format.append(try event(text), to: &output)
        return output.text
    }

    @Test("--json: the line as it came")
    func json() throws {
        let text = eventText(5, seq: 5)
        #expect(try render(text, .json) == text + "\n")
    }

    @Test("--pretty without colour: nothing but the words")
    func plain() throws {
        #expect(
            try render(eventText(5, seq: 77), .pretty(hasColor: false))
                == #"2026-01-15T10:00:00.123Z tasks #77 task_created {"id":"1"}"# + "\n")
    }

    @Test("--pretty with colour: every colour is ended")
    func color() throws {
        let line = try render(eventText(5, seq: 77), .pretty(hasColor: true))
        #expect(line.contains("\u{1B}[36mtasks\u{1B}[0m"))
        let starts = line.split(separator: "\u{1B}[", omittingEmptySubsequences: false).dropFirst()
        #expect(starts.last?.hasPrefix("0m") == true)
    }

    @Test("a payload commands no terminal: DEL and C1 are written as escapes")
    func harmless() throws {
        let text = eventText(5, seq: 5, payload: "\"data\":\"a\u{7F}b\u{9B}31mñ\u{2014}\"")
        let line = try render(text, .pretty(hasColor: false))
        #expect(line.hasSuffix(#""a\u007fb\u009b31mñ—""# + "\n"))
    }

    @Test(
        "spans as people say them",
        arguments: [
            (.zero, "0 ms"), (.milliseconds(999), "999 ms"), (.seconds(1), "1 s"),
            (.milliseconds(2540), "2.5 s"), (.seconds(90), "90 s"),
        ] as [(Duration, String)])
    func spans(_ span: Duration, _ text: String) {
        let notice = Notice.lost(.failed("x"), retryIn: span)
        #expect(notice.message == "x; trying again in \(text)")
    }
}
