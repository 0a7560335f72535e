import Bytes
import HTTP1
import JSON
import Log
import Settings

// The commands that tell who is connected, and who got what.
extension Companion {
    func listConnections(_ request: ClientAction.Connections) throws(CompanionError) {
        if let group = request.group { try checkName(group) }
        let paging = Paging(
            "connections", filters: ["principal": request.principal, "group": request.group],
            limit: request.listing.limit)
        try list(paging, .connections, isJSON: request.listing.isJSON)
    }

    func endConnection(_ id: String) throws(CompanionError) {
        _ = try ask(.delete, Request.target(segments: ["connections", id]))
    }

    func listGroups(_ listing: ClientAction.Listing) throws(CompanionError) {
        try list(Paging("groups", limit: listing.limit), .groups, isJSON: listing.isJSON)
    }

    func trace(_ request: ClientAction.Trace) throws(CompanionError) {
        guard Cursor(request.cursor) != nil else {
            throw CompanionError(
                .usage, "\"\(request.cursor)\" is no cursor, such as k3f9aa-18342")
        }
        let body = try ask(
            .get,
            Request.target(
                segments: ["events", request.cursor, "trace"],
                query: ["limit": String(request.listing.limit)]))
        if request.listing.isJSON { return try console.print(String(lossyUTF8: body)) }
        let trace = try read(body, TraceAnswer.init)
        if console.isOutputTerminal {
            if let event = try pretty(trace.event) { try console.print(event) }
            try console.print(trace.summary)
        }
        var table = TextTable.verdicts
        for consumer in trace.consumers { try add(consumer, to: &table) }
        try show(table)
        tell(beyond: Int(clamping: trace.beyond))
    }

    func explain(_ request: ClientAction.Explain) throws(CompanionError) {
        try checkName(request.group)
        let body = try ask(
            .get,
            Request.target(
                segments: ["explain"],
                query: ["principal": request.principal, "group": request.group]))
        if request.isJSON { return try console.print(String(lossyUTF8: body)) }
        let answer = try read(body, ExplainAnswer.init)
        try show(answer.permissions)
        guard console.isOutputTerminal else { return }
        try console.print("connections: \(answer.connections), listening: \(answer.listening)")
    }

    // MARK: Lists

    /// Prints the records of all pages; on a terminal as one table.
    private func list(
        _ paging: Paging, _ table: TextTable, isJSON: Bool
    ) throws(CompanionError) {
        var (paging, whole) = (paging, table)
        while let target = paging.target {
            let body = try ask(.get, target)
            let records = try decoded { () throws(JSONError) in try paging.take(body) }
            var page = table
            for record in records {
                if isJSON {
                    try console.print(String(lossyUTF8: record))
                } else if console.isOutputTerminal {
                    try add(record, to: &whole)
                } else {
                    try add(record, to: &page)
                }
            }
            try show(page)
        }
        try show(whole)
        tell(beyond: paging.beyond)
    }

    private func show(_ table: TextTable) throws(CompanionError) {
        let lines =
            console.isOutputTerminal
            ? table.lines(hasColor: console.hasOutputColor) : table.plain
        for line in lines { try console.print(line) }
    }

    /// Says that a limit has left some out.
    private func tell(beyond count: Int?) {
        guard count != 0 else { return }
        console.tell(
            "\(count.map { "\($0) more are" } ?? "more are") not shown; a higher --limit shows them"
        )
    }

    private func add(_ record: [UInt8], to table: inout TextTable) throws(CompanionError) {
        try decoded { () throws(JSONError) in try table.add(record) }
    }

    private func pretty(_ event: [UInt8]) throws(CompanionError) -> String? {
        guard case .event(let line) = try read(event, ServerMessage.decode) else { return nil }
        var text: [UInt8] = []
        EventFormat.pretty(hasColor: console.hasOutputColor).append(line, to: &text)
        return String(lossyUTF8: text.dropLast())
    }

    private func checkName(_ group: String) throws(CompanionError) {
        do throws(GroupNameError) {
            _ = try Group(group)
        } catch {
            throw CompanionError(.usage, "\"\(group)\" is no group: \(error.message)")
        }
    }
}
