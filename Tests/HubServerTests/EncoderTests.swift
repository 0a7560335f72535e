import HTTP1
import Hub
import Log
import PerMessageDeflate
import PubSub
import Testing
import WebSocket

@testable import HubServer

private let epoch: Epoch = {
    guard let epoch = Epoch("k3f9aa") else { preconditionFailure("not an epoch") }
    return epoch
}()

private func event(_ position: UInt64, _ json: String) -> Event {
    guard let group = try? Group("g") else { preconditionFailure("not a group") }
    return Event(
        position: position, seq: position, group: group, at: Timestamp(milliseconds: 0),
        json: Array(json.utf8))
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// An encoding, and what two events, a message with a cursor and one without are in it.
struct EncodingCase: Sendable, CustomTestStringConvertible {
    var name: String
    var encoding: Encoding
    var events: String
    var caughtUp: String
    var pong: String
    var heartbeat: String

    var testDescription: String { name }

    static let all = [
        EncodingCase(
            name: "RFC 6455 §5.7 frames", encoding: .frames,
            events: "\u{81}\u{05}{\"a\"}\u{81}\u{02}{}",
            caughtUp: "\u{81}\u{28}" + #"{"type":"caught_up","cursor":"k3f9aa-9"}"#,
            pong: "\u{81}\u{0F}" + #"{"type":"pong"}"#, heartbeat: ""),
        EncodingCase(
            name: "WHATWG HTML §9.2 SSE", encoding: .serverSentEvents(.untilClose),
            events: "id: k3f9aa-7\ndata: {\"a\"}\n\nid: k3f9aa-9\ndata: {}\n\n",
            caughtUp: "id: k3f9aa-9\nevent: caught_up\ndata: "
                + #"{"type":"caught_up","cursor":"k3f9aa-9"}"# + "\n\n",
            pong: "event: pong\ndata: {\"type\":\"pong\"}\n\n", heartbeat: ":\n\n"),
        EncodingCase(
            name: "SSE in chunks", encoding: .serverSentEvents(.chunked),
            events: "31\r\nid: k3f9aa-7\ndata: {\"a\"}\n\nid: k3f9aa-9\ndata: {}\n\n\r\n",
            caughtUp: "4e\r\nid: k3f9aa-9\nevent: caught_up\ndata: "
                + #"{"type":"caught_up","cursor":"k3f9aa-9"}"# + "\n\n\r\n",
            pong: "23\r\nevent: pong\ndata: {\"type\":\"pong\"}\n\n\r\n",
            heartbeat: "3\r\n:\n\n\r\n"),
        EncodingCase(
            name: "lines", encoding: .lines(.untilClose), events: "{\"a\"}\n{}\n",
            caughtUp: #"{"type":"caught_up","cursor":"k3f9aa-9"}"# + "\n",
            pong: "{\"type\":\"pong\"}\n", heartbeat: "\n"),
        EncodingCase(
            name: "lines in chunks", encoding: .lines(.chunked),
            events: "9\r\n{\"a\"}\n{}\n\r\n",
            caughtUp: "29\r\n" + #"{"type":"caught_up","cursor":"k3f9aa-9"}"# + "\n\r\n",
            pong: "10\r\n{\"type\":\"pong\"}\n\r\n", heartbeat: "1\r\n\n\r\n"),
    ]

    /// The octets of a text whose characters stand for one octet each.
    static func octets(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }
}

@Suite("WIRE §4 and §5: events and messages as bytes")
struct EncoderTests {
    private func cursor(_ position: UInt64) -> Cursor { Cursor(epoch: epoch, position: position) }

    @Test("one vocabulary, framed as its transport has it", arguments: EncodingCase.all)
    func encodings(_ row: EncodingCase) {
        let encoder = Encoder(row.encoding, epoch: epoch)
        let events = [event(7, #"{"a"}"#), event(9, "{}")]
        #expect(encoder.encode(events) == EncodingCase.octets(row.events))
        #expect(encoder.encode(.caughtUp(cursor(9))) == EncodingCase.octets(row.caughtUp))
        #expect(encoder.encode(.pong(ref: nil)) == EncodingCase.octets(row.pong))
        #expect(encoder.heartbeat == EncodingCase.octets(row.heartbeat))
    }

    @Test(
        "no events are no bytes: an empty chunk would end the stream (RFC 9112 §7.1)",
        arguments: EncodingCase.all)
    func noEvents(_ row: EncodingCase) {
        #expect(Encoder(row.encoding, epoch: epoch).encode([Event]()).isEmpty)
    }

    @Test(
        "events encoded one by one or together are the same bytes, but for the chunks",
        arguments: [Encoding.frames, .serverSentEvents(.untilClose), .lines(.untilClose)])
    func together(_ encoding: Encoding) {
        let encoder = Encoder(encoding, epoch: epoch)
        let events = (1...5).map { event(UInt64($0), "{\"n\":\($0)}") }
        #expect(events.flatMap { encoder.encode([$0]) } == encoder.encode(events))
    }

    @Test(
        "WIRE §5 the id of an SSE message is its cursor: what carries none leaves the last one",
        arguments: [
            (ServerMessage.bookmark(Cursor(epoch: epoch, position: 4)), "id: k3f9aa-4"),
            (.lag(Cursor(epoch: epoch, position: 4), behind: 2), "id: k3f9aa-4"),
            (
                .subscribed([], .live, cursor: Cursor(epoch: epoch, position: 4), ref: nil),
                "id: k3f9aa-4"
            ),
            (.goodbye(reason: "restart", reconnectInMilliseconds: 1), "event: goodbye"),
            (.error(.overloaded, "x", ref: nil), "event: error"),
        ])
    func eventID(_ message: ServerMessage, _ line: String) {
        let encoder = Encoder(.serverSentEvents(.untilClose), epoch: epoch)
        #expect(text(encoder.encode(message)).split(separator: "\n").first.map(String.init) == line)
    }

    @Test("RFC 6455 §5.2 an event longer than 125 bytes has a length of its own in the header")
    func longFrame() {
        let json = "\"" + String(repeating: "x", count: 124) + "\""
        let frame = Encoder(.frames, epoch: epoch).encode([event(1, json)])
        #expect(frame.prefix(4) == [0x81, 126, 0, 126])
        #expect(text(Array(frame.dropFirst(4))) == json)
    }

    @Test(
        "RFC 7692 §6.1 from 512 bytes on a message is compressed, a shorter one goes as it is",
        arguments: [(511, false), (512, true), (513, true)])
    func deflated(_ count: Int, _ isCompressed: Bool) throws {
        let direction = DeflateParameters.Direction(noContextTakeover: true)
        let parameters = DeflateParameters(server: direction)
        let encoder = Encoder(
            .deflatedFrames(direction), epoch: epoch, deflater: Deflater(direction))
        let json = "\"" + String(repeating: "x", count: count - 2) + "\""
        let frame = encoder.encode([event(1, json)])
        #expect(frame.first == (isCompressed ? 0xC1 : 0x81))
        guard isCompressed else {
            #expect(text(Array(frame.dropFirst(4))) == json)
            return
        }
        #expect(frame.count < count)
        let inflater = DeflatePool().inflater(parameters, for: .client)
        var message: [UInt8] = []
        try inflater.inflate(Array(frame.dropFirst(2)).span, into: &message, limit: 1000)
        try inflater.finishMessage(into: &message, limit: 1000)
        #expect(text(message) == json)
    }

    @Test("without context takeover equal events are equal bytes, so that all can share them")
    func shared() {
        let direction = DeflateParameters.Direction(noContextTakeover: true)
        let encoder = Encoder(
            .deflatedFrames(direction), epoch: epoch,
            deflater: Deflater(direction))
        let events = [event(1, #"{"text":"\#(String(repeating: "hola ", count: 200))"}"#)]
        let first = encoder.encode(events)
        #expect(encoder.encode(events) == first)
    }

    @Test("consumers share bytes where all of their encoding is equal")
    func equality() {
        let narrow = DeflateParameters.Direction(noContextTakeover: true, maxWindowBits: 9)
        #expect(Encoding.deflatedFrames(narrow) != .deflatedFrames(.init()))
        #expect(Encoding.deflatedFrames(narrow) == .deflatedFrames(narrow))
        #expect(Encoding.lines(.chunked) != .lines(.untilClose))
        #expect(Encoding.lines(.chunked) != .serverSentEvents(.chunked))
    }
}
