import Bytes
import HTTP1
import Log

/// Says where events have come to stand.
///
/// Written as it stands, for it is made for each event: no name in it needs an escape. What
/// an event has in common with the one before it is not written out again.
public struct PlacedAnswers {
    // {"group":"g","type":"t","seq":
    private var beforeSeq: [UInt8] = []
    private var group: Group?
    private var type: EventType?
    // ,"cursor":"k3f9aa-
    private var beforePosition: [UInt8] = []
    private var epoch: Epoch?
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
        json.reserveCapacity(
            beforeSeq.count + beforePosition.count + end.count + Self.maxNumberBytes)
        json.append(copying: beforeSeq.span)
        json.append(decimal: place.seq)
        json.append(copying: beforePosition.span)
        json.append(decimal: place.cursor.position)
        json.append(copying: end.span)
        return json
    }

    private mutating func prepare(_ draft: EventDraft, _ place: Appended) {
        if draft.type != type || draft.group != group {
            (type, group) = (draft.type, draft.group)
            beforeSeq = Array(#"{"group":""#.utf8)
            beforeSeq.append(utf8: draft.group.name)
            beforeSeq.append(utf8: #"","type":""#)
            beforeSeq.append(utf8: draft.type.text)
            beforeSeq.append(utf8: #"","seq":"#)
        }
        if place.cursor.epoch != epoch {
            epoch = place.cursor.epoch
            beforePosition = Array(#","cursor":""#.utf8)
            place.cursor.epoch.append(to: &beforePosition)
            beforePosition.append(ASCII.minus)
        }
        if place.at != at {
            at = place.at
            end = Array(#"","timestamp":""#.utf8)
            place.at.append(to: &end)
            end.append(utf8: #""}"#)
        }
    }

    /// Two numbers of 20 digits.
    private static let maxNumberBytes = 40
}
