// What is shown of connections, groups, and what became of an event.

extension TextTable {
    static let connections = TextTable([
        Column(member: "id", heading: "ID"),
        Column(member: "principal", heading: "PRINCIPAL"),
        Column(member: "address", heading: "ADDRESS"),
        Column(member: "transport", heading: "TRANSPORT"),
        Column(member: "since", heading: "SINCE") { _ in .dim },
        Column(member: "lag", heading: "LAG", isNumber: true, color: Self.behind),
        Column(member: "queue_bytes", heading: "QUEUED", isNumber: true, color: Self.behind),
        Column(member: "cursor", heading: "CURSOR") { _ in .dim },
        Column(member: "groups", heading: "GROUPS") { _ in .cyan },
    ])

    static let groups = TextTable([
        Column(member: "group", heading: "GROUP") { _ in .cyan },
        Column(member: "seq", heading: "SEQ", isNumber: true),
        Column(member: "kept", heading: "KEPT", isNumber: true),
        Column(member: "consumers", heading: "CONSUMERS", isNumber: true),
    ])

    static let verdicts = TextTable([
        Column(member: "verdict", heading: "VERDICT", color: Self.verdict),
        Column(member: "principal", heading: "PRINCIPAL"),
        Column(member: "connection", heading: "CONNECTION"),
        Column(member: "address", heading: "ADDRESS"),
        Column(member: "transport", heading: "TRANSPORT"),
        Column(member: "why", heading: "WHY") { _ in .dim },
    ])

    static let permissions = TextTable([
        Column(member: "action", heading: "ACTION"),
        Column(member: "allowed", heading: "ALLOWED") { $0 == "yes" ? .green : .red },
        Column(member: "by", heading: "BY") { _ in .dim },
    ])

    private static func behind(_ count: String) -> Style.Code? { count == "0" ? nil : .yellow }

    private static func verdict(_ verdict: String) -> Style.Code? {
        switch verdict {
        case "delivered": .green
        case "lagging": .yellow
        case "forbidden": .red
        case "not_connected": .cyan
        default: .dim
        }
    }
}
