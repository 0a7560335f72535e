import Bytes

/// The one place that writes an event's line (WIRE §3).
///
/// An event is encoded once, when it is appended; what is stored is what every consumer gets.
/// What an event has in common with the one before it is not written out again.
public struct EventEncoder: Sendable {
    // {"type":"t","group":"g","seq":
    private var beforeSeq: [UInt8] = []
    private var type: EventType?
    private var group: Group?
    // ,"cursor":"k3f9aa-
    private var beforePosition: [UInt8] = []
    private var epoch: Epoch?
    // ","timestamp":"2026-01-15T10:00:00.123Z","data":
    private var afterPosition: [UInt8] = []
    private var at: Timestamp?
    private var payloadName: PayloadName?

    /// Makes one that has nothing in store.
    public init() {}

    /// Writes the members in the order of WIRE §3: type, group, seq, cursor, timestamp, payload.
    ///
    /// - Parameters:
    ///   - draft: What is said.
    ///   - place: Where it stands.
    /// - Returns: One line, without its end.
    public mutating func encode(_ draft: EventDraft, _ place: Appended) -> [UInt8] {
        prepare(draft, place)
        var json: [UInt8] = []
        json.reserveCapacity(
            beforeSeq.count + beforePosition.count + afterPosition.count + draft.payload.count
                + Self.maxNumberBytes)
        json.append(copying: beforeSeq.span)
        json.append(decimal: place.seq)
        json.append(copying: beforePosition.span)
        json.append(decimal: place.cursor.position)
        json.append(copying: afterPosition.span)
        json.append(contentsOf: draft.payload)
        json.append(ASCII.closeBrace)
        return json
    }

    private mutating func prepare(_ draft: EventDraft, _ place: Appended) {
        if draft.type != type || draft.group != group {
            (type, group) = (draft.type, draft.group)
            beforeSeq = Array(#"{"type":""#.utf8)
            beforeSeq.append(utf8: draft.type.text)
            beforeSeq.append(utf8: #"","group":""#)
            beforeSeq.append(utf8: draft.group.name)
            beforeSeq.append(utf8: #"","seq":"#)
        }
        if place.cursor.epoch != epoch {
            epoch = place.cursor.epoch
            beforePosition = Array(#","cursor":""#.utf8)
            place.cursor.epoch.append(to: &beforePosition)
            beforePosition.append(ASCII.minus)
        }
        if place.at != at || draft.payloadName != payloadName {
            (at, payloadName) = (place.at, draft.payloadName)
            afterPosition = Array(#"","timestamp":""#.utf8)
            place.at.append(to: &afterPosition)
            afterPosition.append(utf8: #"",""#)
            afterPosition.append(utf8: draft.payloadName.text)
            afterPosition.append(utf8: #"":"#)
        }
    }

    /// Two numbers of 20 digits, and the brace at the end.
    private static let maxNumberBytes = 41
}

/// Where the members of an encoded event stand.
public enum EventEncoding {
    /// Writes `epoch` into the cursor of an event that was encoded in another one.
    ///
    /// When an epoch ends, the events that survive keep their positions and are served in the new
    /// one. All epochs are equally long, so that nothing moves.
    ///
    /// - Parameters:
    ///   - epoch: The epoch that the event is served in.
    ///   - json: What ``EventEncoder`` wrote; left alone if it is anything else.
    public static func replaceEpoch(with epoch: Epoch, in json: inout [UInt8]) {
        let name = Array(#","cursor":""#.utf8)
        guard let comma = endOfSeq(json), json[comma...].starts(with: name),
            json.count - comma > name.count + Epoch.length
        else { return }
        var text: [UInt8] = []
        epoch.append(to: &text)
        let start = comma + name.count
        json.replaceSubrange(start..<start + Epoch.length, with: text)
    }

    /// Where the type's first byte stands.
    static let typeOffset = #"{"type":""#.utf8.count

    /// The comma behind `seq`: no value before it holds a quote or a comma.
    private static func endOfSeq(_ json: [UInt8]) -> Int? {
        var commas = 0
        return json.firstIndex { octet in
            if octet == ASCII.comma { commas += 1 }
            return commas == 3
        }
    }
}
