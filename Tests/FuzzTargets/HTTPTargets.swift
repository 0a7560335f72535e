import HTTP1
import WebSocket

extension FuzzTarget {
    /// Requests one after another are read alike however they are cut.
    static let httpRequest = FuzzTarget(name: "http-request") { input throws(Finding) in
        try sameHoweverCut(input, "requests") { pieces throws(Finding) in
            try readRequests(pieces, limits: .fuzzed)
        }
    }

    /// A chunked body is read alike however it is cut, and as it was written.
    ///
    /// The input follows the head of a request; it is also written as chunks itself.
    static let httpChunks = FuzzTarget(name: "http-chunks") { input throws(Finding) in
        let head = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        try sameHoweverCut(head + input, "chunks") { pieces throws(Finding) in
            try readRequests(pieces, limits: .fuzzed)
        }
        var encoded = head
        for start in stride(from: 0, to: input.count, by: 11) {
            ChunkedEncoder.append(input[start..<min(start + 11, input.count)], to: &encoded)
        }
        ChunkedEncoder.appendEnd(to: &encoded)
        let answer = try sameHoweverCut(encoded, "our chunks") { pieces throws(Finding) in
            try readRequests(pieces, limits: Limits())
        }
        let body = input.isEmpty ? [] : ["body \(input)"]
        try same(
            Array(answer.dropFirst()), body + ["end", "idle"], "our chunks are read as written")
    }

    /// Responses one after another are read alike however they are cut.
    static let httpResponse = FuzzTarget(name: "http-response") { input throws(Finding) in
        try sameHoweverCut(input, "responses") { pieces throws(Finding) in
            try readResponses(pieces)
        }
    }

    /// A request for a WebSocket is answered or refused, and our answer suits our client.
    static let webSocketHandshake = FuzzTarget(name: "websocket-handshake") {
        input throws(Finding) in
        var parser = RequestParser()
        var offset = 0
        guard case .head(let head)? = try? parser.next(input.span, from: &offset) else { return }
        let digest: ([UInt8]) -> [UInt8] = { Array($0.reversed()) + [1, 2, 3, 4] }
        let wishes = DeflateParameters(
            server: .init(maxWindowBits: 12), client: .init(noContextTakeover: true))
        let verdict = ServerHandshake.evaluate(
            head, subprotocols: ["campana.v1"], deflate: wishes, sha1: digest)
        switch verdict {
        case .failure(let refusal):
            try hold((400...499).contains(refusal.status.rawValue), "a refusal is the client's")
        case .success(let accepted):
            try same(accepted.response.status, .switchingProtocols, "accepted is 101")
            let bits = 8...15
            if let deflate = accepted.agreement.deflate {
                try hold(bits.contains(deflate.server.maxWindowBits), "\(deflate)")
                try hold(bits.contains(deflate.client.maxWindowBits), "\(deflate)")
            }
            var output: [UInt8] = []
            accepted.response.append(
                to: &output, for: head.exchange,
                common: CommonFields(IMFFixdate(secondsSince1970: 0)))
            var responses = ResponseParser()
            responses.expect(.get)
            var place = 0
            let part = try? responses.next(output.span, from: &place)
            guard case .head(let answer)? = part else {
                throw Finding(description: "101 can be read: \(output)")
            }
            try same(answer.status, .switchingProtocols, "101 can be read")
        }
    }
}

extension HTTP1.Limits {
    /// Limits that an input of some thousand bytes can reach.
    static let fuzzed = HTTP1.Limits(
        startLineBytes: 64, headBytes: 256, fieldCount: 8, bodyBytes: 100,
        chunkExtensionBytes: 16, trailerBytes: 32)
}

private func readRequests(_ pieces: [[UInt8]], limits: HTTP1.Limits) throws(Finding) -> [String] {
    var parser = RequestParser(limits: limits)
    var transcript = HTTPTranscript()
    for piece in pieces {
        var offset = 0
        while offset <= piece.count {
            let start = offset
            let result = Result { () throws(Violation) in
                try parser.next(piece.span, from: &offset)
            }
            switch result {
            case .success(.head(let head)): try transcript.add(head)
            case .success(.body(let range)):
                try transcript.add(range, of: piece, read: start..<offset)
            case .success(.end): transcript.addEnd()
            case .success(nil):
                try same(offset, piece.count, "all is read before more is asked for")
                offset = piece.count + 1
            case .failure(let violation):
                try checkStays(violation, in: &parser)
                return transcript.ended(by: "\(violation)")
            }
        }
    }
    return transcript.ended(by: "\(parser.phase)")
}

private func readResponses(_ pieces: [[UInt8]]) throws(Finding) -> [String] {
    var parser = ResponseParser(limits: .fuzzed)
    for method: Method in [.get, .head, .post, .get, .get] { parser.expect(method) }
    var transcript = HTTPTranscript()
    for piece in pieces {
        var offset = 0
        reading: while true {
            let start = offset
            let result = Result { () throws(Violation) in
                try parser.next(piece.span, from: &offset)
            }
            switch result {
            case .success(.interim(let head)), .success(.head(let head)): transcript.add(head)
            case .success(.body(let range)):
                try transcript.add(range, of: piece, read: start..<offset)
            case .success(.end): transcript.addEnd()
            case .success(nil): break reading
            case .failure(let violation): return transcript.ended(by: "\(violation)")
            }
        }
    }
    switch Result(catching: { () throws(Violation) in try parser.endOfInput() }) {
    case .success(let part): return transcript.ended(by: part == nil ? "closed" : "closed, end")
    case .failure(let violation): return transcript.ended(by: "\(violation)")
    }
}

/// What a violation was it stays, and it can be answered.
private func checkStays(_ violation: Violation, in parser: inout RequestParser) throws(Finding) {
    let more: [UInt8] = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    var place = 0
    let again = Result { () throws(Violation) in try parser.next(more.span, from: &place) }
    guard case .failure(let second) = again else {
        throw Finding(description: "\(violation) was forgotten")
    }
    try same(second, violation, "a violation stays")
    try hold((400...599).contains(violation.status.rawValue), "\(violation) can be answered")
}
