import Bytes
import HTTP1
import Log

extension Request {
    /// Whether the client asks for WebSocket (RFC 6455 §4.1).
    public var wantsWebSocket: Bool {
        head.fields.hasMember("websocket", in: "upgrade")
    }

    /// What the query subscribes to: `?groups=a,b&since=…`.
    ///
    /// - Parameter group: What is subscribed to where the query names nothing.
    /// - Returns: `nil` where there is nothing to subscribe to.
    /// - Throws: A parameter that cannot be read.
    func subscribeRequest(default group: String?) throws(Problem) -> SubscribeRequest? {
        guard let names = head.target.queryValue("groups") ?? group else { return nil }
        var patterns: [GroupPattern] = []
        for name in names.split(separator: ",", omittingEmptySubsequences: false) {
            do {
                let pattern = try GroupPattern(String(name))
                if !patterns.contains(pattern) { patterns.append(pattern) }
            } catch {
                throw Problem(
                    .invalidParameter, "groups: \"\(name.prefix(64))\": \(error.message)")
            }
        }
        return SubscribeRequest(patterns: patterns, since: try since())
    }

    /// Where to begin; `Last-Event-ID` is newer than the query of the page that reconnects.
    private func since() throws(Problem) -> Since {
        if let text = head.fields.first("last-event-id"), !text.isEmpty {
            guard let cursor = Cursor(text) else {
                throw Problem(
                    .invalidParameter, "Last-Event-ID: \"\(text.prefix(64))\" is not a cursor")
            }
            return .cursor(cursor)
        }
        guard let text = head.target.queryValue("since") else { return .now }
        guard let since = Since(text) else {
            throw Problem(
                .invalidParameter, "since: \"\(text.prefix(64))\" is not \(Since.grammar)")
        }
        return since
    }

    /// The longest wait of a long poll: below the time after which proxies cut.
    static let maxWait = Duration.seconds(60)
    static let defaultPollLimit = 1000

    /// How the stream is to be written, by `Accept`.
    func streamForm() throws(Problem) -> StreamPlan.Form {
        let types = ["text/event-stream", "application/x-ndjson", "application/json"]
        switch Accept(head.fields).choose(from: types) {
        case "text/event-stream": return .serverSentEvents
        case "application/x-ndjson": return .lines
        case "application/json":
            let limit = try number(
                "limit", in: 1...Self.defaultPollLimit, default: Self.defaultPollLimit)
            return .poll(wait: try wait(), limit: limit)
        default:
            throw Problem(.notAcceptable, "accept one of \(types.joined(separator: ", "))")
        }
    }

    /// The time that a client waits: `25s`, `500ms`, or seconds without a unit.
    func wait() throws(Problem) -> Duration {
        guard let text = head.target.queryValue("wait") else { return .zero }
        guard let wait = Duration(wait: text) else {
            throw Problem(
                .invalidParameter, "wait: \"\(text.prefix(64))\" is not a duration such as 25s")
        }
        return wait
    }
}

extension Duration {
    /// Reads how long a client waits, ``Request/maxWait`` at most: `25s`, `500ms`, or seconds
    /// without a unit; `nil` for anything else.
    init?(wait text: String) {
        let digits = text.prefix { $0.isNumber }
        let units: [String: Duration] = [
            "": .seconds(1), "s": .seconds(1), "ms": .milliseconds(1), "m": .seconds(60),
        ]
        guard let count = parseDecimal(digits.utf8), count <= 3_600_000,
            let unit = units[String(text.dropFirst(digits.count))]
        else { return nil }
        self = min(unit * Int(count), Request.maxWait)
    }
}
