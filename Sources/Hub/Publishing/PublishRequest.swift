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
    static let payloadName: PayloadName = "data"

    /// Checks an event.
    ///
    /// - Parameters:
    ///   - name: The name of its group; `nil` where the client gave none.
    ///   - text: Its type.
    ///   - data: What it says: valid JSON on one line.
    ///   - key: The client's idempotency key.
    ///   - maxEventBytes: The largest `data`.
    /// - Throws: What cannot be published, with each fault at its place.
    public init(
        group name: String?, type text: String, data: [UInt8], key: String? = nil,
        maxEventBytes: Int
    ) throws(Problem) {
        let group = Self.group(name)
        let type = Self.type(text)
        switch (group, type) {
        case (.success(let group), .success(let type)):
            guard data.count <= maxEventBytes else {
                throw Problem(
                    .eventTooLarge,
                    "the data are \(data.count) bytes, and \(maxEventBytes) are taken")
            }
            draft = EventDraft(
                group: group, type: type, payloadName: Self.payloadName, payload: data)
        case (.failure(let problem), .success), (.success, .failure(let problem)):
            throw problem
        case (.failure(let one), .failure(let other)):
            throw Problem(
                .invalidBody, "\(one.detail); \(other.detail)", faults: one.faults + other.faults)
        }
        self.key = try key.map { text throws(Problem) in try IdempotencyKey(text) }
    }

    private static func group(_ name: String?) -> Result<Group, Problem> {
        guard let name else {
            let mend = "is missing; name the group to publish to"
            return .failure(
                Problem(
                    .invalidBody, "the member \"group\" is missing",
                    faults: [.init("/group", mend)]))
        }
        do {
            let group = try Group(name)
            guard group.isReserved else { return .success(group) }
            let mend = "\"\(name)\" begins with $; choose another name"
            return .failure(Problem(.groupReserved, mend, faults: [.init("/group", mend)]))
        } catch {
            return .failure(
                Problem(
                    .invalidGroup, "\"\(name.prefix(64))\": \(error.message)",
                    faults: [.init("/group", error.message)]))
        }
    }

    private static func type(_ text: String) -> Result<EventType, Problem> {
        if let type = EventType(text) { return .success(type) }
        let mend = "a type is of a-z 0-9 _ . and begins with a letter; 100 bytes at most"
        return .failure(
            Problem(
                .invalidEventType, "\"\(text.prefix(64))\": \(mend)",
                faults: [.init("/type", mend)]))
    }
}
