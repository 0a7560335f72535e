import Bytes
import HTTP1
import JSON
import Settings

// The commands of webhooks.
extension Companion {
    func webhooks(_ action: ClientAction.Webhooks) throws(CompanionError) {
        switch action {
        case .list: try listWebhooks()
        case .show(let id): try showWebhook(.get, [id])
        case .create(let draft):
            try showWebhook(.post, [], try body(draft, isNew: true))
        case .update(let id, let draft):
            try showWebhook(.patch, [id], try body(draft, isNew: false))
        case .delete(let id): _ = try ask(.delete, Request.target(segments: ["webhooks", id]))
        case .pause(let id): try showWebhook(.post, [id, "pause"])
        case .resume(let id): try showWebhook(.post, [id, "resume"])
        case .rotate(let id, let overlap): try showWebhook(.post, [id, "rotate"], body(overlap))
        case .test(let id): try testWebhook(id)
        case .deliveries(let id, let limit): try showDeliveries(id, limit)
        case .replay(let id, let replay): try showWebhook(.post, [id, "replay"], body(replay))
        }
    }

    private func listWebhooks() throws(CompanionError) {
        var after: String?
        repeat {
            let target =
                after.map { Request.target(segments: ["webhooks"], query: ["after": $0]) }
                ?? "/webhooks"
            let page = try page(of: "webhooks", target)
            for webhook in page.records { try console.print(String(lossyUTF8: webhook)) }
            after = page.next
        } while after != nil
    }

    /// Asks for a webhook, or changes it, and shows it as it is then.
    private func showWebhook(
        _ method: HTTP1.Method, _ path: [String], _ content: [UInt8] = []
    ) throws(CompanionError) {
        let answer = try ask(
            method, Request.target(segments: ["webhooks"] + path),
            type: content.isEmpty ? nil : "application/json", content)
        guard console.isOutputTerminal else {
            return try console.print(String(lossyUTF8: answer))
        }
        for line in try read(answer, FlatObject.lines) { try console.print(line) }
    }

    private func testWebhook(_ id: String) throws(CompanionError) {
        let answer = try ask(.post, Request.target(segments: ["webhooks", id, "test"]))
        try console.print(String(lossyUTF8: answer))
        guard try read(answer, WebhookTestAnswer.init).isDelivered else {
            throw CompanionError(.failure, "the endpoint has not taken it")
        }
    }

    private func showDeliveries(_ id: String, _ limit: Int?) throws(CompanionError) {
        let path = ["webhooks", id, "deliveries"]
        let target =
            limit.map { Request.target(segments: path, query: ["limit": String($0)]) }
            ?? Request.target(segments: path)
        let page = try page(of: "deliveries", target)
        for delivery in page.records { try console.print(String(lossyUTF8: delivery)) }
    }

    // MARK: Bodies

    private func body(
        _ draft: ClientAction.WebhookDraft, isNew: Bool
    ) throws(CompanionError) -> [UInt8] {
        var headers: [(String, String)] = []
        for header in draft.headers {
            guard let colon = header.firstIndex(of: ":") else {
                throw CompanionError(.usage, "--header: \"\(header)\" is no NAME:VALUE")
            }
            let value = header[header.index(after: colon)...].drop { $0 == " " }
            headers.append((String(header[..<colon]), String(value)))
        }
        var json = JSON.Writer()
        json.object { json in
            if let name = draft.name { json.member("nombre", name) }
            if let url = draft.url { json.member("url", url) }
            if let evento = draft.evento { json.member("evento", evento) }
            if !draft.groups.isEmpty { json.member("groups") { $0.texts(draft.groups) } }
            if !draft.types.isEmpty { json.member("types") { $0.texts(draft.types) } }
            if let order = draft.order { json.member("order", order) }
            if let since = draft.since { json.member("since", since) }
            if isNew { json.member("activo", !draft.isPaused) }
            if !headers.isEmpty {
                json.member("headers") { json in
                    json.object { json in
                        for (name, value) in headers { json.member(name, value) }
                    }
                }
            }
        }
        return json.bytes
    }

    private func body(_ overlap: Duration?) -> [UInt8] {
        guard let overlap else { return [] }
        var json = JSON.Writer()
        json.object { $0.member("overlap_seconds", overlap.components.seconds) }
        return json.bytes
    }

    private func body(_ replay: ClientAction.Replay) -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("since", replay.since)
            if let until = replay.until { json.member("until", until) }
            json.member("only", replay.onlyFailed ? "failed" : "all")
        }
        return json.bytes
    }
}

extension JSON.Writer {
    fileprivate mutating func texts(_ texts: [String]) {
        array { json in
            for text in texts { json.string(text) }
        }
    }
}

/// Whether a test was taken.
private struct WebhookTestAnswer {
    var isDelivered = false

    init(_ body: [UInt8]) throws(JSONError) {
        var reader = JSON.Reader(body)
        try reader.readObject { name, reader throws(JSONError) in
            if name == "delivered" { isDelivered = try reader.readBool() }
        }
        try reader.finish()
    }
}
