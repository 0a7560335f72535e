import Bytes
import HTTP1
import JSON
import Reactor
import Settings

// The commands that ask once and print the answer.

extension Companion {
    func publish(_ request: ClientAction.Publish) throws(CompanionError) {
        let data =
            switch request.data {
            case .literal(let text): Array(text.utf8)
            case .standardInput: try standardInput()
            }
        guard let body = Publishing.body(data, group: request.group, type: request.type) else {
            throw CompanionError(.usage, "the data are neither JSON nor UTF-8 text")
        }
        let fields: Fields = request.key.map { ["Idempotency-Key": $0] } ?? [:]
        let answer = try ask(
            .post, "/publish", type: "application/json", fields: fields, body)
        try console.print(String(lossyUTF8: answer))
    }

    private func standardInput() throws(CompanionError) -> [UInt8] {
        do throws(SystemError) {
            return try Files.readAll(0, limit: Publishing.maxBytes)
        } catch {
            throw CompanionError(.failure, "cannot read standard input: \(error.reason)")
        }
    }

    func listTasks() throws(CompanionError) {
        var target: String? = "/tasks"
        while let current = target {
            let page = try page(of: "tasks", current)
            for task in page.records { try show(task) }
            target = page.next.map { Request.target(segments: ["tasks"], query: ["after": $0]) }
        }
    }

    func addTask(_ task: ClientAction.NewTask) throws(CompanionError) {
        var json = JSON.Writer()
        json.object { json in
            json.member("title", task.title)
            if let description = task.description { json.member("description", description) }
        }
        try show(try ask(.post, "/tasks", type: "application/json", json.bytes))
    }

    func completeTask(_ id: String) throws(CompanionError) {
        try show(
            try ask(
                .patch, Request.target(segments: ["tasks", id]),
                type: "application/merge-patch+json", Array(#"{"completed":true}"#.utf8)))
    }

    func removeTask(_ id: String) throws(CompanionError) {
        _ = try ask(.delete, Request.target(segments: ["tasks", id]))
    }

    func status() throws(CompanionError) {
        let body = try ask(.get, "/status")
        guard console.isOutputTerminal else { return try console.print(String(lossyUTF8: body)) }
        for line in try read(body, FlatObject.lines) { try console.print(line) }
    }

    /// On a terminal a line for people, else the JSON as it came.
    private func show(_ task: [UInt8]) throws(CompanionError) {
        guard console.isOutputTerminal else { return try console.print(String(lossyUTF8: task)) }
        let line = try read(task, TaskLine.init)
        try console.print(line.text(hasColor: console.hasOutputColor))
    }

    /// Ends with 0 or 1 and nothing else, as health checks of containers want it.
    func ping(_ request: ClientAction.Ping) throws(CompanionError) -> ExitStatus {
        let hub = try hub()
        let address = try address(request.url)
        // Another server than that of --url is spoken to as well, but is shown no key.
        let context =
            request.url == nil
            ? hub.context : try context(for: address, showing: hub.context.credential)
        var result: Result<Ping.RoundTrips, PingError>?
        let ping = Ping(address, context, timeout: request.timeout) { result = $0 }
        while result == nil { context.loop.turn() }
        withExtendedLifetime(ping) {}
        switch result {
        case .success(let trips)?:
            try console.print(
                "\(address.text) handshake \(trips.connect.milliseconds) ms, "
                    + "ping \(trips.frame.milliseconds) ms, "
                    + "message \(trips.message.milliseconds) ms")
            return .ok
        case .failure(.refused(let text))?:
            throw context.unauthorized(text, by: address)
        case .failure(let error)?: throw CompanionError(.failure, error.description)
        case nil: return .failure
        }
    }
}

extension Duration {
    /// Milliseconds with three places behind the point.
    fileprivate var milliseconds: String {
        let microseconds = UInt64(max(self, .zero) / .microseconds(1))
        var text: [UInt8] = []
        text.append(decimal: microseconds / 1000)
        text.append(ASCII.dot)
        text.append(decimal: microseconds % 1000, width: 3)
        return String(lossyUTF8: text)
    }
}
