import JSON
import Log

extension FuzzTarget {
    /// Cursors, groups, patterns, types and times: what is taken is said again as it was.
    ///
    /// The input is one text; or two, parted by a NUL: a pattern and a group.
    static let logNames = FuzzTarget(name: "log-names") { input throws(Finding) in
        let texts = input.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        for text in texts {
            try checkCursor(text)
            try checkGroup(text)
            try checkTime(text)
            if let type = EventType(text) { try same(type.text, text, "a type is its text") }
        }
        if texts.count == 2, let pattern = try? GroupPattern(texts[0]),
            let group = try? Group(texts[1])
        {
            try same(
                pattern.matches(group), matches(pattern.segments, group),
                "\(pattern.text) is matched with \(group.name) segment by segment")
        }
    }

    /// What an event's line says can be read from it, and is JSON of one line.
    ///
    /// The input is a group, a type and a payload, parted by NULs.
    static let logEvents = FuzzTarget(name: "log-events") { input throws(Finding) in
        let parts = input.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let group = try? Group(String(decoding: parts[0], as: UTF8.self)),
            let type = EventType(String(decoding: parts[1], as: UTF8.self)),
            let payload = try? compact(Array(parts[2])),
            let epoch = Epoch("k3f9aa"), let other = Epoch("zzzzzz")
        else { return }
        let draft = EventDraft(group: group, type: type, payloadName: "data", payload: payload)
        let position = UInt64(input.count) &* 0x9E37_79B9_7F4A_7C15
        let cursor = Cursor(epoch: epoch, position: position)
        let at = Timestamp(milliseconds: Int64(truncatingIfNeeded: position) % (1 << 44))
        var encoder = EventEncoder()
        var json = encoder.encode(draft, Appended(cursor: cursor, seq: position, at: at))
        try same(try? compact(json, limits: Limits(maxDepth: 65)), json, "an event is JSON")
        let event = Event(position: position, seq: position, group: group, at: at, json: json)
        try same(event.type, type.text, "an event's type is in its line")
        EventEncoding.replaceEpoch(with: other, in: &json)
        let moved = Appended(
            cursor: Cursor(epoch: other, position: position), seq: position, at: at)
        try same(json, encoder.encode(draft, moved), "an epoch is replaced in its place")
    }

    private static func checkCursor(_ text: String) throws(Finding) {
        if let cursor = Cursor(text) { try same(cursor.text, text, "a cursor is its text") }
        if let epoch = Epoch(text) { try same(epoch.text, text, "an epoch is its text") }
    }

    private static func checkGroup(_ text: String) throws(Finding) {
        let pattern = Result { () throws(GroupNameError) in try GroupPattern(text) }
        switch Result(catching: { () throws(GroupNameError) in try Group(text) }) {
        case .success(let group):
            try same(group.segments.joined(separator: ":"), text, "a group is its segments")
            try same(try? pattern.get(), GroupPattern(group), "a group is a pattern")
            try hold(GroupPattern(group).matches(group), "a group matches itself: \(text)")
            try hold(group.name.utf8.count <= Group.maxBytes, "a name has a bound")
        case .failure(let error):
            try hold(!error.message.isEmpty, "an error has words")
            guard case .success(let pattern) = pattern else { return }
            try hold(!pattern.isExact, "what is no group has a wildcard: \(text)")
            try hold(text.hasPrefix(pattern.literalPrefix), "a pattern has its prefix")
        }
    }

    private static func checkTime(_ text: String) throws(Finding) {
        guard let time = Timestamp(rfc3339: text) else { return }
        let again = Timestamp(rfc3339: time.rfc3339)
        let years = -62_167_219_200_000...253_402_300_799_999 as ClosedRange<Int64>
        let inYears = min(max(time.milliseconds, years.lowerBound), years.upperBound)
        try same(again?.milliseconds, inYears, "a time is read as it is written: \(text)")
    }

    /// What a pattern means, segment by segment (WIRE §2).
    private static func matches(
        _ pattern: [GroupPattern.Segment], _ group: Group
    ) -> Bool {
        let names = group.segments
        if group.isReserved {
            guard case .literal(let first)? = pattern.first, first.hasPrefix("$") else {
                return false
            }
        }
        for (index, segment) in pattern.enumerated() {
            guard index < names.count else { return false }
            switch segment {
            case .rest: return true
            case .one: break
            case .literal(let literal):
                guard literal == names[index] else { return false }
            }
        }
        return names.count == pattern.count
    }
}
