import JSON

/// What the hub answers to `GET /events/{cursor}/trace` (docs/protocol.md).
struct TraceAnswer {
    /// The event, as it came.
    private(set) var event: [UInt8] = []
    /// How many consumers each verdict has, in the hub's order.
    private(set) var counts: [(verdict: String, count: UInt64)] = []
    /// What became of it for each of the first consumers, as it came.
    private(set) var consumers: [[UInt8]] = []

    init(_ body: [UInt8]) throws(JSONError) {
        let limits = JSON.Limits(maxBytes: Exchange.answerLimitBytes, maxDepth: 128)
        var reader = JSON.Reader(body, limits: limits)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "event": event = Array(body[try reader.skipValue()])
            case "summary":
                try reader.readObject { verdict, reader throws(JSONError) in
                    counts.append((verdict, UInt64(clamping: try reader.readInt())))
                }
            case "consumers":
                try reader.readArray { reader throws(JSONError) in
                    consumers.append(Array(body[try reader.skipValue()]))
                }
            default: break
            }
        }
        try reader.finish()
    }

    /// `2 delivered, 1 lagging`; those that are none are left out.
    var summary: String {
        let parts = counts.filter { $0.count > 0 }.map {
            "\($0.count) \(VisibleText.of($0.verdict))"
        }
        return parts.isEmpty ? "nobody listens" : parts.joined(separator: ", ")
    }

    /// How many consumers are counted and not listed.
    var beyond: UInt64 {
        let all: UInt64 = counts.reduce(0) { sum, next in
            let (total, overflowed) = sum.addingReportingOverflow(next.count)
            return overflowed ? .max : total
        }
        return all - min(all, UInt64(consumers.count))
    }
}

/// What the hub answers to `GET /explain` (docs/protocol.md).
struct ExplainAnswer {
    /// An action, whether it is allowed, and by what.
    private(set) var permissions = TextTable.permissions
    /// How many connections there are, and how many of them listen to the group.
    private(set) var connections: Int64 = 0
    private(set) var listening: Int64 = 0

    init(_ body: [UInt8]) throws(JSONError) {
        var reader = JSON.Reader(body)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "connections": connections = try reader.readInt()
            case "listening": listening = try reader.readInt()
            default:
                guard try reader.peekKind() == .object else { return }
                var (isAllowed, by) = (false, "")
                try reader.readObject { name, reader throws(JSONError) in
                    switch name {
                    case "allowed": isAllowed = try reader.readBool()
                    case "by": by = try reader.readString()
                    default: break
                    }
                }
                permissions.add(cells: [name, isAllowed ? "yes" : "no", by])
            }
        }
        try reader.finish()
    }
}
