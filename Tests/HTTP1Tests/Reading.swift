import Bytes
import HTTP1
import Testing

/// Every way to cut `octets` into two pieces, and once byte by byte.
///
/// A parser that gives the same answer for all of them does not depend on how the network cut
/// the stream.
func everySplit(of octets: [UInt8]) -> [[[UInt8]]] {
    (0...octets.count).map { [Array(octets[..<$0]), Array(octets[$0...])] } + [octets.map { [$0] }]
}

/// A request as a parser has read it.
struct ReadRequest {
    var head: RequestHead
    var content: [UInt8] = []
    var isWhole = false

    var text: String { String(decoding: content, as: UTF8.self) }
}

/// All that a ``RequestParser`` made of some bytes.
struct RequestReading {
    var requests: [ReadRequest] = []
    var violation: Violation?
    var parser: RequestParser

    init(_ pieces: [[UInt8]], limits: Limits = Limits()) {
        parser = RequestParser(limits: limits)
        do {
            for piece in pieces { try read(piece) }
        } catch {
            violation = error
        }
    }

    init(_ text: String, limits: Limits = Limits()) {
        self.init([Array(utf8: text)], limits: limits)
    }

    private mutating func read(_ piece: [UInt8]) throws(Violation) {
        var offset = 0
        while let part = try parser.next(piece.span, from: &offset) {
            switch part {
            case .head(let head): requests.append(ReadRequest(head: head))
            case .body(let range): requests[requests.count - 1].content += piece[range]
            case .end: requests[requests.count - 1].isWhole = true
            }
        }
    }

    /// One line for each request, such as `POST /tasks "hola"`, and the violation.
    var summary: [String] {
        requests.map { request in
            let start = "\(request.head.method.rawValue) \(request.head.target.path)"
            let content = request.content.isEmpty ? "" : " \"\(request.text)\""
            return start + content + (request.isWhole ? "" : " …")
        } + (violation.map { ["\($0)"] } ?? [])
    }
}

/// A response as a parser has read it.
struct ReadResponse {
    var head: ResponseHead
    var isInterim = false
    var content: [UInt8] = []
    var isWhole = false

    var text: String { String(decoding: content, as: UTF8.self) }
}

/// All that a ``ResponseParser`` made of some bytes.
struct ResponseReading {
    var responses: [ReadResponse] = []
    var violation: Violation?
    /// What was not read, since it belongs to another protocol.
    var rest: [UInt8] = []
    var parser: ResponseParser

    init(
        _ pieces: [[UInt8]], to methods: [Method] = [.get], isClosed: Bool = true,
        limits: Limits = Limits()
    ) {
        parser = ResponseParser(limits: limits)
        for method in methods { parser.expect(method) }
        do {
            for piece in pieces { try read(piece) }
            if isClosed, let part = try parser.endOfInput() { add(part, []) }
        } catch {
            violation = error
        }
    }

    private mutating func read(_ piece: [UInt8]) throws(Violation) {
        var offset = 0
        while let part = try parser.next(piece.span, from: &offset) { add(part, piece) }
        rest += piece[offset...]
    }

    private mutating func add(_ part: ResponsePart, _ piece: [UInt8]) {
        switch part {
        case .interim(let head): responses.append(ReadResponse(head: head, isInterim: true))
        case .head(let head): responses.append(ReadResponse(head: head))
        case .body(let range): responses[responses.count - 1].content += piece[range]
        case .end: responses[responses.count - 1].isWhole = true
        }
    }

    /// One line for each response, such as `200 "hola"`, and the violation.
    var summary: [String] {
        responses.map { response in
            let content = response.content.isEmpty ? "" : " \"\(response.text)\""
            let end = response.isInterim || response.isWhole ? "" : " …"
            return "\(response.head.status.rawValue)" + content + end
        } + (violation.map { ["\($0)"] } ?? [])
    }
}

/// Bytes from a peer, and what becomes of them.
struct WireCase: CustomTestStringConvertible, Sendable {
    var name: String
    var octets: [UInt8]
    var result: [String]

    init(_ name: String, _ text: String, _ result: String...) {
        self.name = name
        octets = Array(utf8: text)
        self.result = result
    }

    init(_ name: String, _ text: String, _ violation: Violation) {
        self.name = name
        octets = Array(utf8: text)
        result = ["\(violation)"]
    }

    var testDescription: String { name }
}
