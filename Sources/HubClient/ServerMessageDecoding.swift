import Bytes
import JSON
import Log

extension ServerMessage {
    /// The largest message of a hub that is read: an event, or a page of them in `initial_…`.
    public static let maxBytes = 4 << 20

    /// An event is deeper than the data that were published in it, which may be 64 deep.
    private static let limits = JSON.Limits(maxBytes: maxBytes, maxDepth: 128)

    /// Reads a text message.
    ///
    /// What has a `group`, a `seq` and a `cursor` is an event, whatever its type: a publisher
    /// may call one `error` or `gap` too. Members that are unknown are passed over.
    ///
    /// - Parameter text: The message, one JSON object.
    /// - Returns: What it says.
    /// - Throws: What is wrong with it.
    public static func decode(_ text: [UInt8]) throws(JSONError) -> ServerMessage {
        var reader = JSON.Reader(text, limits: limits)
        var members = Members()
        try reader.readObject { name, reader throws(JSONError) in
            try members.read(name, from: &reader)
        }
        try reader.finish()
        return members.event(text).map { .event($0) } ?? members.message()
    }
}

/// The members that one message or another has.
private struct Members {
    private var type = ""
    private var group: String?
    private var seq: UInt64?
    private var cursorText = ""
    private var timestamp = 0..<0
    private var payload = 0..<0
    private var ref: UInt64?
    private var groups: [String] = []
    private var resume = ""
    private var clients: UInt64?
    private var version: String?
    private var reason = ""
    private var code = ""
    private var text = ""
    private var lostAtMost: UInt64?
    private var reconnectMilliseconds: UInt64?
    private var retryMilliseconds: UInt64?
    private var expires: String?

    mutating func read(_ name: String, from reader: inout JSON.Reader) throws(JSONError) {
        switch name {
        case "type": type = try string(&reader)
        case "group": group = try string(&reader)
        case "seq": seq = try number(&reader)
        case "cursor": cursorText = try string(&reader)
        case "timestamp": timestamp = try reader.skipValue()
        case "ref": ref = try number(&reader)
        case "groups": groups = try strings(&reader)
        case "resume": resume = try string(&reader)
        case "clients": clients = try number(&reader)
        case "version": version = try string(&reader)
        case "reason": reason = try string(&reader)
        case "code": code = try string(&reader)
        case "message": text = try string(&reader)
        case "lost_at_most": lostAtMost = try number(&reader)
        case "reconnect_in_ms": reconnectMilliseconds = try number(&reader)
        case "retry_after_ms": retryMilliseconds = try number(&reader)
        case "expires_at": expires = try string(&reader)
        default: payload = try reader.skipValue()
        }
    }

    func event(_ json: [UInt8]) -> EventLine? {
        guard let group, let seq, let cursor = Cursor(cursorText) else { return nil }
        return EventLine(
            json: oneLine(json), type: type, group: group, seq: seq, cursor: cursor,
            timestamp: timestamp, payload: payload)
    }

    func message() -> ServerMessage {
        let cursor = Cursor(cursorText)
        switch type {
        case "welcome": return .welcome(.init(clients: clients, version: version))
        case "subscribed": return subscribed(cursor)
        case "caught_up": return .caughtUp(cursor)
        case "gap":
            return .gap(.init(group: group ?? "", lostAtMost: lostAtMost))
        case "bookmark": return cursor.map { .bookmark($0) } ?? .other(type: type)
        case "lag": return .lag
        case "goodbye": return .goodbye(reason: reason, reconnectIn: wait(reconnectMilliseconds))
        case "error":
            return .error(
                .init(
                    code: code, message: text, group: group, ref: ref,
                    retryAfter: wait(retryMilliseconds)))
        case "published": return .published(cursor: cursorText, seq: seq ?? 0)
        case "pong": return .pong(ref: ref)
        case "auth_expiring": return .authExpiring(at: expires ?? "")
        case "authenticated": return .authenticated(until: expires)
        default: return .other(type: type)
        }
    }

    private func subscribed(_ cursor: Cursor?) -> ServerMessage {
        let verdict = ServerMessage.Verdict(rawValue: resume) ?? .live
        return .subscribed(.init(groups: groups, verdict: verdict, cursor: cursor, ref: ref))
    }

    /// At most an hour, whatever the hub says.
    private func wait(_ milliseconds: UInt64?) -> Duration? {
        milliseconds.map { .milliseconds(Int64(min($0, 3_600_000))) }
    }

    /// A line break can only stand between values, where a space does as well (RFC 8259 §2).
    private func oneLine(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 == ASCII.lf || $0 == ASCII.cr }) else { return json }
        return json.map { $0 == ASCII.lf || $0 == ASCII.cr ? ASCII.space : $0 }
    }

    // A member of another kind than ours is a payload's name that a publisher chose: passed over.

    private func string(_ reader: inout JSON.Reader) throws(JSONError) -> String {
        guard try reader.peekKind() == .string else { return "" }
        return try reader.readString()
    }

    private func number(_ reader: inout JSON.Reader) throws(JSONError) -> UInt64? {
        guard try reader.peekKind() == .number else { return nil }
        return UInt64(try reader.readNumberText())
    }

    private func strings(_ reader: inout JSON.Reader) throws(JSONError) -> [String] {
        guard try reader.peekKind() == .array else { return [] }
        var list: [String] = []
        try reader.readArray { reader throws(JSONError) in list.append(try string(&reader)) }
        return list
    }
}
