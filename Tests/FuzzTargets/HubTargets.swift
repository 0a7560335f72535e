import Bytes
import HTTP1
import Hub
import HubClient
import JSON
import Log

extension FuzzTarget {
    /// Requests one after another at one hub: each is done whole, or leaves no trace and says why.
    ///
    /// The input is requests as ``RequestLine`` has them, parted by NULs.
    static let hubRequests = FuzzTarget(name: "hub-requests") { input throws(Finding) in
        let scene = HubScene(dataRules: rules)
        for text in input.split(separator: 0).prefix(8) {
            guard var line = RequestLine(text) else { continue }
            // A key makes a second try the same as the first; without one it may be another.
            if line.method == .post, !line.fields.contains("idempotency-key") {
                line.fields.append("Idempotency-Key", "k\(text.startIndex)")
            }
            let before = scene.store.contents
            guard let response = try scene.send(line) else { continue }
            try checkResponse(response, to: line)
            let after = scene.store.contents
            // That a command was refused is a figure of its day.
            if response.status.rawValue >= 400, !line.target.hasPrefix("/api/cascade/webhook") {
                try hold(before == after, "what is refused leaves no trace: \(line)")
            }
            for draft in scene.store.drafts { try checkDraft(draft) }
            if response.fields.contains("idempotency-replayed") { continue }
            guard line.method == .post, after != before, response.status.rawValue < 400 else {
                continue
            }
            guard let again = try scene.send(line) else { continue }
            try same(again.status, response.status, "a second try is answered alike: \(line)")
            try hold(scene.store.contents == after, "a second try does nothing: \(line)")
        }
    }

    /// What a client says over WebSocket is taken, or is answered with an error that names it.
    static let clientMessages = FuzzTarget(name: "client-messages") { input throws(Finding) in
        let scene = HubScene(dataRules: rules)
        switch Result(catching: { () throws(MessageFault) in try scene.rules.read(input) }) {
        case .success(.publish(let publish, let ref)):
            try checkRef(ref)
            try checkDraft(publish.draft)
            let write = scene.rules.write(publish)
            do {
                _ = try scene.store.run(write)
            } catch {
                throw Finding(description: "the store is well, and says \(error)")
            }
        case .success(.subscribe(let request)):
            try checkRef(request.ref)
            _ = request.since.start(epoch: HubScene.epoch, now: HubScene.now)
        case .success: break
        case .failure(let fault):
            try checkRef(fault.ref)
            let json = fault.message.json
            guard case .error(let refusal)? = try? ServerMessage.decode(json) else {
                throw Finding(description: "our client reads the error: \(json)")
            }
            try same(refusal.code, fault.failure.rawValue, "an error has its code")
        }
    }

    /// A file of rules is taken or refused at its places, and what it takes can be asked.
    ///
    /// The input is a file, and perhaps a body to publish, parted by a NUL.
    static let dataRules = FuzzTarget(name: "data-rules") { input throws(Finding) in
        let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        switch Result(catching: { () throws(DataRulesFault) in
            try DataRules(file: Array(parts[0]))
        }) {
        case .success(let rules):
            let head = Array("POST\t/publish/g?type=t\tContent-Type: application/json\n".utf8)
            let scene = HubScene(dataRules: rules)
            guard parts.count == 2, let line = RequestLine((head + parts[1])[...]),
                let response = try scene.send(line)
            else { return }
            try checkResponse(response, to: line)
        case .failure(let error):
            try hold(!error.faults.isEmpty, "a file that is refused has a fault")
            for fault in error.faults { try checkPointer(fault.pointer) }
        }
    }

    /// What a hub sends is read by our client, or refused; ranges lie within it.
    static let serverMessages = FuzzTarget(name: "server-messages") { input throws(Finding) in
        if case .event(let line)? = try? ServerMessage.decode(input) {
            try hold(!line.json.contains(ASCII.lf), "an event is a line")
            for range in [line.timestamp, line.payload] {
                try hold(line.json.indices.contains(range), "\(range) lies in the event")
            }
            try same(
                (try? compact(line.json, limits: JSON.Limits(maxDepth: 128))).map(\.isEmpty),
                false, "an event is JSON")
        }
        if let state = try? TailState.decode(input) {
            try same(try? TailState.decode(state.encode()), state, "a state is read as written")
        }
        if let wait = RetryAfter.wait(String(decoding: input, as: UTF8.self), now: HubScene.now) {
            try hold(wait >= .zero, "nobody waits backwards")
        }
    }

    private static let rules: DataRules = {
        let file = #"""
            {"rules":[{"groups":["pedidos:**"],"types":["pedido"],"only_types":["pedido","baja"],
            "data":{"type":"object","required":["id"],"properties":{"id":{"type":"integer",
            "minimum":1},"n":{"type":"string","maxLength":5,"enum":["a","b"]},
            "l":{"type":"array","maxItems":2,"items":{"type":"boolean"}}}}}]}
            """#
        guard let rules = try? DataRules(file: Array(file.utf8)) else {
            preconditionFailure("these are rules")
        }
        return rules
    }()

    private static func checkResponse(
        _ response: Response, to line: RequestLine
    ) throws(Finding) {
        let status = response.status.rawValue
        try hold(status != 500, "a client does not break the hub: \(line)")
        let type = response.fields.contentType?.essence ?? ""
        guard type.hasSuffix("json"), case .bytes(let body) = response.content else {
            try hold(status < 400, "a problem has a body: \(status) to \(line)")
            return
        }
        guard let value = try? Value.parse(body, limits: .answer) else {
            throw Finding(description: "an answer is JSON: \(body) to \(line)")
        }
        guard status >= 400 else { return }
        try same(type, "application/problem+json", "a problem is one: \(line)")
        guard case .object(let members) = value else { return }
        for case let (.array(faults), "errors") in members.map({ ($0.value, $0.name) }) {
            for case .object(let fault) in faults {
                for case .string(let pointer) in fault.filter({ $0.name == "pointer" }).map(\.value)
                { try checkPointer(pointer) }
            }
        }
    }

    /// RFC 6901 §3.
    static func checkPointer(_ pointer: String) throws(Finding) {
        let octets = Array(pointer.utf8)
        try hold(octets.isEmpty || octets[0] == 0x2F, "\"\(pointer)\" is a pointer")
        for (index, octet) in octets.enumerated() where octet == 0x7E {
            let isEscape = index + 1 < octets.count && (0x30...0x31).contains(octets[index + 1])
            try hold(isEscape, "\"\(pointer)\" is a pointer")
        }
    }

    private static func checkDraft(_ draft: EventDraft) throws(Finding) {
        let payload = draft.payload
        try same(try? compact(payload, limits: .answer), payload, "a payload is JSON on one line")
    }

    private static func checkRef(_ ref: [UInt8]?) throws(Finding) {
        guard let ref else { return }
        try hold(ref.count <= 256, "a ref has a bound")
        try hold((try? Value.parse(ref)) != nil, "a ref is JSON")
    }
}

extension JSON.Limits {
    /// Of what the hub has written: as long as its records.
    fileprivate static let answer = JSON.Limits(
        maxBytes: .max, maxDepth: 128, maxStringBytes: .max)
}
