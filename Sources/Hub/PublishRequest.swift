import Bytes
import JSON
import Log

/// An event that somebody wants to publish; all that can be checked without the log is.
public struct PublishRequest: Sendable {
    public var draft: EventDraft
    /// The idempotency key, if the client gave one.
    public var key: IdempotencyKey?

    public var group: Group { draft.group }

    /// The type of an event that was published without one.
    public static let defaultType = "message"

    /// The member that holds what was published.
    static let payloadName = "data"

    /// Checks an event.
    ///
    /// - Parameters:
    ///   - group: The name of its group.
    ///   - type: Its type.
    ///   - data: What it says: valid JSON on one line.
    ///   - key: The client's idempotency key.
    ///   - maxEventBytes: The largest `data`.
    /// - Throws: What cannot be published, and why.
    public init(
        group name: String, type text: String, data: [UInt8], key: String? = nil,
        maxEventBytes: Int
    ) throws(Problem) {
        let group: Group
        do {
            group = try Group(name)
        } catch {
            throw Problem(
                .invalidGroup, "\"\(name.prefix(64))\": \(error.message)",
                faults: [.init("/group", error.message)])
        }
        guard !group.isReserved else {
            throw Problem(.groupReserved, "\"\(name)\" begins with $; choose another name")
        }
        guard let type = EventType(text) else {
            let mend = "a type is of a-z 0-9 _ . and begins with a letter; 100 bytes at most"
            throw Problem(
                .invalidEventType, "\"\(text.prefix(64))\": \(mend)", faults: [.init("/type", mend)]
            )
        }
        guard data.count <= maxEventBytes else {
            throw Problem(
                .eventTooLarge, "the data are \(data.count) bytes, and \(maxEventBytes) are taken")
        }
        draft = EventDraft(
            group: group, type: type, payloadName: Self.payloadName, payload: data)
        self.key = try key.map { text throws(Problem) in try IdempotencyKey(text) }
    }
}
