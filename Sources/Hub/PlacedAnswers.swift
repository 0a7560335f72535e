import Bytes
import HTTP1
import Log

/// Says where events have come to stand.
///
/// Written as it stands, for it is made for each event: no name in it needs an escape. What
/// an event has in common with the one before it is not written out again.
public struct PlacedAnswers {
    // {"group":"g","type":"t","seq":
    private var start: [UInt8] = []
    private var group: Group?
    private var type: EventType?
    // ","timestamp":"2026-01-15T10:00:00.123Z"}
    private var end: [UInt8] = []
    private var at: Timestamp?

    /// Makes one that has nothing in store.
    public init() {}

    private static let created = Response(.created, fields: .json)

    /// Answers a request that has published one event: it stands there, and is durable.
    public mutating func response(to draft: EventDraft, at place: Appended) -> Response {
        var response = Self.created
        response.content = .bytes(json(draft, at: place))
        return response
    }

    mutating func json(_ draft: EventDraft, at place: Appended) -> [UInt8] {
        prepare(draft, place)
        var json: [UInt8] = []
        json.reserveCapacity(start.count + end.count + Self.maxNumberBytes)
        json.append(contentsOf: start)
        json.append(decimal: place.seq)
        json.append(utf8: #","cursor":""#)
        place.cursor.append(to: &json)
        json.append(contentsOf: end)
        return json
    }

    private mutating func prepare(_ draft: EventDraft, _ place: Appended) {
        if draft.type != type || draft.group != group {
            (type, group) = (draft.type, draft.group)
            start = Array(#"{"group":""#.utf8)
            start.append(utf8: draft.group.name)
            start.append(utf8: #"","type":""#)
            start.append(utf8: draft.type.text)
            start.append(utf8: #"","seq":"#)
        }
        if place.at != at {
            at = place.at
            end = Array(#"","timestamp":""#.utf8)
            place.at.append(to: &end)
            end.append(utf8: #""}"#)
        }
    }

    /// The name of the cursor and its epoch, and two numbers of 20 digits.
    private static let maxNumberBytes = 58
}
