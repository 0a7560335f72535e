import Bytes

/// What kind of event it is: `[a-z][a-z0-9_.]*`, at most 100 bytes (WIRE §3).
public struct EventType: Hashable, Sendable {
    /// The longest type, in bytes.
    public static let maxBytes = 100

    public let text: String

    /// Takes a text that keeps the grammar; `nil` for any other.
    public init?(_ text: String) {
        let octets = text.utf8.span
        guard !octets.isEmpty, octets.count <= EventType.maxBytes, ASCII.isLowercase(octets[0])
        else { return nil }
        for index in octets.indices where !Self.isTypeByte(octets[index]) { return nil }
        self.text = text
    }

    /// Takes a type of the program's own.
    ///
    /// - Parameter text: One that keeps the grammar; another is a programmer's error, and traps.
    public init(literal text: StaticString) {
        guard let type = EventType(String(describing: text)) else {
            preconditionFailure("\(text) is no type")
        }
        self = type
    }

    private static func isTypeByte(_ octet: UInt8) -> Bool {
        ASCII.isLowercase(octet) || ASCII.isDigit(octet) || octet == ASCII.underscore
            || octet == ASCII.dot
    }
}

/// The member that an event's payload stands under, of `[a-z_]`; always the program's own.
public struct PayloadName: Hashable, Sendable, ExpressibleByStringLiteral {
    public let text: String

    /// Takes a name that keeps the grammar; another is a programmer's error, and traps.
    public init(stringLiteral name: StaticString) {
        text = String(describing: name)
        precondition(
            text.utf8.allSatisfy { ASCII.isLowercase($0) || $0 == ASCII.underscore },
            "a payload's name is of [a-z_]")
    }
}

/// An event that has no place in the log yet.
///
/// It never changes, and is passed from hand to hand on its way: a class, so that this counts one
/// reference and not one for each of its parts.
public final class EventDraft: Sendable {
    public let group: Group
    public let type: EventType
    /// The member that the payload stands under: `task`, `data`.
    public let payloadName: PayloadName
    /// One valid JSON value without a line break.
    public let payload: [UInt8]

    /// Makes a draft; what the peer sent has been checked by now.
    ///
    /// - Parameters:
    ///   - group: Where to publish it.
    ///   - type: What it says happened.
    ///   - payloadName: The member for the payload.
    ///   - payload: One valid JSON value without a line break; it goes out as it is.
    public init(group: Group, type: EventType, payloadName: PayloadName, payload: [UInt8]) {
        self.group = group
        self.type = type
        self.payloadName = payloadName
        self.payload = payload
    }
}

/// One committed event.
public struct Event: Hashable, Sendable {
    /// Its place in the log; later events have greater ones, and there may be holes.
    public var position: UInt64
    /// Its place in its group: contiguous, from 1.
    public var seq: UInt64
    public var group: Group
    /// What the clock said when it was committed, but never before the event before it; the
    /// timestamp in ``json`` is the clock's own.
    public var at: Timestamp
    /// The whole event as it goes out (WIRE §3): one line, without its end.
    public var json: [UInt8]

    /// Puts together what the engine has stored.
    public init(position: UInt64, seq: UInt64, group: Group, at: Timestamp, json: [UInt8]) {
        self.position = position
        self.seq = seq
        self.group = group
        self.at = at
        self.json = json
    }

    /// What ``json`` gives as its `type`.
    public var type: String {
        let start = EventEncoding.typeOffset
        return String(lossyUTF8: json.dropFirst(start).prefix { $0 != ASCII.quote })
    }
}

/// Where an event has come to stand in the log.
///
/// Within ``Transaction/append(_:)`` it is what the event will have if the transaction commits.
public struct Appended: Hashable, Sendable {
    public var cursor: Cursor
    public var seq: UInt64
    public var at: Timestamp

    /// Makes the answer to one append.
    public init(cursor: Cursor, seq: UInt64, at: Timestamp) {
        self.cursor = cursor
        self.seq = seq
        self.at = at
    }
}
