import Bytes

/// The one place that writes an event's line (WIRE §3).
///
/// An event is encoded once, when it is appended; what is stored is what every consumer gets.
/// What the events of one commit have in common is written once for all of them.
public struct EventEncoder: Sendable {
    // ,"cursor":"k3f9aa-
    private var beforePosition: [UInt8] = []
    private var epoch: Epoch?
    // ","timestamp":"2026-01-15T10:00:00.123Z","
    private var afterPosition: [UInt8] = []
    private var at: Timestamp?

    /// Makes one that has nothing in store.
    public init() {}

    /// Writes the members in the order of WIRE §3: type, group, seq, cursor, timestamp, payload.
    ///
    /// - Parameters:
    ///   - draft: What is said.
    ///   - place: Where it stands.
    /// - Returns: One line, without its end.
    public mutating func encode(_ draft: EventDraft, _ place: Appended) -> [UInt8] {
        prepare(place)
        var json: [UInt8] = []
        json.reserveCapacity(
            draft.payload.count + draft.group.name.utf8.count + draft.type.text.utf8.count
                + draft.payloadName.utf8.count + Self.maxOverheadBytes)
        json.append(utf8: #"{"type":""#)
        json.append(utf8: draft.type.text)
        json.append(utf8: #"","group":""#)
        json.append(utf8: draft.group.name)
        json.append(utf8: #"","seq":"#)
        json.append(decimal: place.seq)
        json.append(contentsOf: beforePosition)
        json.append(decimal: place.cursor.position)
        json.append(contentsOf: afterPosition)
        json.append(utf8: draft.payloadName)
        json.append(utf8: #"":"#)
        json.append(contentsOf: draft.payload)
        json.append(ASCII.closeBrace)
        return json
    }

    private mutating func prepare(_ place: Appended) {
        if place.cursor.epoch != epoch {
            epoch = place.cursor.epoch
            beforePosition = Array(#","cursor":""#.utf8)
            place.cursor.epoch.append(to: &beforePosition)
            beforePosition.append(ASCII.minus)
        }
        if place.at != at {
            at = place.at
            afterPosition = Array(#"","timestamp":""#.utf8)
            place.at.append(to: &afterPosition)
            afterPosition.append(utf8: #"",""#)
        }
    }

    /// More than all that is neither the draft's nor a literal of one event.
    private static let maxOverheadBytes = 160
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
