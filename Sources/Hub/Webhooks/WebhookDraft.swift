import HTTP1
import JSON
import Log

/// What a client says of a webhook; a member that it leaves out is `nil`.
struct WebhookDraft {
    var nombre: String?
    var url: WebhookURL?
    var evento: WebhookInterest.Evento?
    var groups: [GroupPattern]?
    var types: [EventType]?
    var isActive: Bool?
    var order: DeliveryOrder?
    var headers: [Webhook.Header]?
    var since: Since?

    /// What makes a webhook.
    struct Complete {
        var nombre: String
        var url: WebhookURL
        var interest: WebhookInterest
        var isActive: Bool
        var order: DeliveryOrder
        var headers: [Webhook.Header]
        var since: Since
    }

    private var faults = BodyFaults()

    /// Reads a body, and holds each member to its rules.
    ///
    /// - Parameters:
    ///   - body: The JSON text; members that are not a client's to set are passed over.
    ///   - limits: What the text may ask for.
    ///   - rules: Where webhooks may go.
    /// - Throws: What is no JSON at all; faults are kept until they are asked for.
    init(_ body: [UInt8], limits: JSON.Limits, rules: WebhookOptions) throws(Problem) {
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            try read(name, &reader, rules)
        }
        if evento != nil, groups != nil || types != nil {
            faults.add("/evento", "cannot stand beside groups and types; it stands for them")
        }
        if types != nil, groups == nil, evento == nil { faults.add("/types", "needs groups too") }
    }

    /// All that a new webhook needs.
    ///
    /// - Throws: Every fault at its place.
    func complete() throws(Problem) -> Complete {
        var faults = faults
        faults.require([
            ("/nombre", "say what it is called", nombre != nil),
            ("/url", "say where it is to be delivered", url != nil),
        ])
        if evento == nil, groups == nil {
            faults.require([("/groups", "name groups, or one evento", false)])
        }
        try faults.check("the webhook")
        guard let nombre, let url, let interest else {
            preconditionFailure("what is required was checked")
        }
        return Complete(
            nombre: nombre, url: url, interest: interest, isActive: isActive ?? true,
            order: order ?? .fifo, headers: headers ?? [], since: since ?? .now)
    }

    var interest: WebhookInterest? {
        if let evento { return WebhookInterest(evento) }
        return groups.map { WebhookInterest(evento: nil, patterns: $0, types: types ?? []) }
    }

    /// Puts what the client says over what is there; the rest stays (RFC 7396).
    ///
    /// - Throws: Every fault at its place.
    func patch(_ webhook: Webhook) throws(Problem) -> Webhook {
        try faults.check("the webhook")
        var webhook = webhook
        if let nombre { webhook.nombre = nombre }
        if let url { webhook.url = url }
        if let interest { webhook.interest = interest }
        if let order { webhook.order = order }
        if let headers { webhook.headers = headers }
        if let isActive {
            webhook.isActive = isActive
            webhook.reason = nil
        }
        return webhook
    }

    private mutating func read(
        _ name: String, _ reader: inout Reader, _ rules: WebhookOptions
    ) throws(JSONError) {
        switch name {
        case "nombre":
            nombre = try faults.readText(
                &reader, "/nombre", maxCharacters: Webhook.maxNameCharacters)
        case "url":
            guard let text = try readString(&reader) else { return }
            url = checkedURL(text, rules)
        case "evento":
            guard try !reader.readNullIfNext(), let text = try readString(&reader) else { return }
            evento = WebhookInterest.Evento(rawValue: text)
            if evento == nil {
                let names = WebhookInterest.Evento.allCases.map(\.rawValue)
                faults.add("/evento", "is none of \(names.joined(separator: ", "))")
            }
        case "groups": try readGroups(&reader)
        case "types": try readTypes(&reader)
        case "activo":
            isActive = try faults.read { () throws(JSONError) in try reader.readBool() }
        case "order":
            guard let text = try readString(&reader) else { return }
            order = DeliveryOrder(text)
            if order == nil {
                faults.add(
                    "/order",
                    "is neither fifo nor parallel:n with n from 1 to \(DeliveryOrder.maxParallel)")
            }
        case "headers": try readHeaders(&reader)
        case "since":
            guard let text = try readString(&reader) else { return }
            since = Since(text)
            if since == nil { faults.add("/since", "is none of: \(Since.grammar)") }
        default: break
        }
    }

    private mutating func readString(_ reader: inout Reader) throws(JSONError) -> String? {
        try faults.read { () throws(JSONError) in try reader.readString() }
    }

    private mutating func checkedURL(_ text: String, _ rules: WebhookOptions) -> WebhookURL? {
        do throws(WebhookURLError) {
            let url = try WebhookURL(text)
            if let refusal = rules.refusal(of: url) {
                faults.add("/url", refusal)
                return nil
            }
            return url
        } catch {
            faults.add("/url", error.message)
            return nil
        }
    }

    private mutating func readGroups(_ reader: inout Reader) throws(JSONError) {
        guard let texts = try readList(&reader, "/groups", WebhookInterest.maxPatterns) else {
            return
        }
        var patterns: [GroupPattern] = []
        for (index, text) in texts.enumerated() {
            do throws(GroupNameError) {
                let pattern = try GroupPattern(text)
                if text.hasPrefix("$") {
                    faults.add("/groups/\(index)", "is the hub's own group; read it by /stream")
                }
                patterns.append(pattern)
            } catch {
                faults.add("/groups/\(index)", error.message)
            }
        }
        if texts.isEmpty { faults.add("/groups", "names no group; name one at least") }
        groups = patterns
    }

    private mutating func readTypes(_ reader: inout Reader) throws(JSONError) {
        guard let texts = try readList(&reader, "/types", WebhookInterest.maxTypes) else { return }
        var list: [EventType] = []
        for (index, text) in texts.enumerated() {
            if let type = EventType(text) {
                list.append(type)
            } else {
                faults.add("/types/\(index)", "is not of [a-z][a-z0-9_.]*")
            }
        }
        types = list
    }

    private mutating func readList(
        _ reader: inout Reader, _ pointer: String, _ maxCount: Int
    ) throws(JSONError) -> [String]? {
        guard
            let list = try faults.read({ () throws(JSONError) in try reader.readStrings() })
        else { return nil }
        guard list.count <= maxCount else {
            faults.add(pointer, "has \(list.count) entries, and \(maxCount) are taken")
            return nil
        }
        return list
    }

    private mutating func readHeaders(_ reader: inout Reader) throws(JSONError) {
        var list: [Webhook.Header] = []
        _ = try faults.read { () throws(JSONError) in
            try reader.readObject { name, reader throws(JSONError) in
                list.append(.init(name: name, value: try reader.readString()))
            }
        }
        if list.count > Webhook.maxHeaders {
            faults.add("/headers", "has \(list.count), and \(Webhook.maxHeaders) are taken")
        }
        for header in list {
            guard let fault = header.fault else { continue }
            faults.add("/headers/\(header.name.escapedForPointer)", fault)
        }
        headers = list
    }
}

extension Webhook.Header {
    /// What is the hub's own to say.
    private static let reserved: Set<String> = [
        "host", "content-length", "content-type", "transfer-encoding", "connection", "te",
        "trailer", "upgrade", "expect", "keep-alive", "proxy-authorization", "user-agent",
        "webhook-id", "webhook-timestamp", "webhook-signature", "x-signature-sha256",
        "x-signature-sha256-previous",
    ]

    fileprivate var fault: String? {
        if !Fields.isName(name) || name.utf8.count > 100 { return "is not the name of a field" }
        if Self.reserved.contains(name.lowercased()) { return "is the hub's own to set" }
        let isVisible = value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        guard isVisible, value.utf8.count <= Webhook.maxHeaderBytes else {
            return "is not a value of visible ASCII of at most \(Webhook.maxHeaderBytes) bytes"
        }
        return nil
    }
}
