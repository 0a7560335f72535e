import Bytes
import HTTP1
import Log

/// Says where events have come to stand.
///
/// Written as it stands, for it is made for each event: no name in it needs an escape. What
/// the events of one commit have in common is written once for all of them.
public struct PlacedAnswers {
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
        if place.at != at {
            at = place.at
            end = Array(#"","timestamp":""#.utf8)
            place.at.append(to: &end)
            end.append(utf8: #""}"#)
        }
        var json: [UInt8] = []
        json.reserveCapacity(160 + draft.group.name.utf8.count + draft.type.text.utf8.count)
        json.append(utf8: #"{"group":""#)
        json.append(utf8: draft.group.name)
        json.append(utf8: #"","type":""#)
        json.append(utf8: draft.type.text)
        json.append(utf8: #"","seq":"#)
        json.append(decimal: place.seq)
        json.append(utf8: #","cursor":""#)
        place.cursor.append(to: &json)
        json.append(contentsOf: end)
        return json
    }
}
