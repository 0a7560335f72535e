import Bytes
import HTTP1
import Hub
import Log
import PerMessageDeflate
import WebSocket

/// How events become bytes; consumers with equal encodings are sent the same bytes.
enum Encoding: Hashable {
    case frames
    /// Compressed without context, so that one compression serves all (RFC 7692 §7.1.1.1).
    case deflatedFrames(DeflateParameters.Direction)
    case serverSentEvents(Exchange.StreamFraming)
    case lines(Exchange.StreamFraming)

    /// Messages shorter than this are sent as they are: compression costs more than it saves
    /// (33 of 170 bytes for 10 µs were measured).
    static let minDeflatedBytes = 512
}

/// Writes events and messages in one encoding; one for all consumers of a loop that have it.
final class Encoder {
    /// Which encoder of a loop: one byte where a reference would have to be counted.
    ///
    /// There are no more than ``Encoding`` has values: two dozens.
    typealias ID = UInt8

    let encoding: Encoding
    let epoch: Epoch
    let deflater: (any MessageDeflater)?

    init(_ encoding: Encoding, epoch: Epoch, deflater: (any MessageDeflater)? = nil) {
        self.encoding = encoding
        self.epoch = epoch
        self.deflater = deflater
    }

    /// All of `events` as one run of bytes.
    func encode(_ events: some Swift.Collection<Event>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(events.reduce(0) { $0 + $1.json.count + Self.overheadBytes })
        for event in events { append(event, to: &output) }
        return framed(output)
    }

    func encode(_ message: ServerMessage) -> [UInt8] {
        var output: [UInt8] = []
        switch encoding {
        case .frames, .deflatedFrames:
            appendFrame(message.json, to: &output)
        case .serverSentEvents:
            if let cursor = message.cursor {
                output.append(utf8: "id: ")
                cursor.append(to: &output)
                output.append(ASCII.lf)
            }
            output.append(utf8: "event: \(message.type)\ndata: ")
            output.append(contentsOf: message.json)
            output.append(utf8: "\n\n")
        case .lines:
            output.append(contentsOf: message.json)
            output.append(ASCII.lf)
        }
        return framed(output)
    }

    /// What shows that the stream lives while nothing happens.
    var heartbeat: [UInt8] {
        switch encoding {
        case .frames, .deflatedFrames: []
        case .serverSentEvents: framed(Array(":\n\n".utf8))
        case .lines: framed([ASCII.lf])
        }
    }

    /// A little more than what is put around an event.
    private static let overheadBytes = 48

    private func append(_ event: Event, to output: inout [UInt8]) {
        switch encoding {
        case .frames, .deflatedFrames:
            appendFrame(event.json, to: &output)
        case .serverSentEvents:
            output.append(utf8: "id: ")
            Cursor(epoch: epoch, position: event.position).append(to: &output)
            output.append(utf8: "\ndata: ")
            output.append(contentsOf: event.json)
            output.append(utf8: "\n\n")
        case .lines:
            output.append(contentsOf: event.json)
            output.append(ASCII.lf)
        }
    }

    private func appendFrame(_ json: [UInt8], to output: inout [UInt8]) {
        guard let deflater, json.count >= Encoding.minDeflatedBytes else {
            return FrameWriter.append(.text, json, to: &output)
        }
        var payload: [UInt8] = []
        deflater.deflate(json.span, into: &payload)
        FrameWriter.append(.text, payload, isCompressed: true, to: &output)
    }

    private func framed(_ content: [UInt8]) -> [UInt8] {
        switch encoding {
        case .frames, .deflatedFrames: return content
        case .serverSentEvents(let framing), .lines(let framing):
            guard framing == .chunked else { return content }
            var output: [UInt8] = []
            output.reserveCapacity(content.count + 16)
            ChunkedEncoder.append(content, to: &output)
            return output
        }
    }
}
