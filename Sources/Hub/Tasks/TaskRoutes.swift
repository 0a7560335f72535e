import HTTP1
import JSON
import Log

/// `/tasks` and `/tasks/{id}`: seed 002's resource, its events in the same transaction.
struct TaskRoutes: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency
    let makeID: @Sendable (Timestamp) -> String

    static let group = Group(literal: "tasks")
    static let patchTypes = ["application/merge-patch+json", "application/json"]

    // MARK: The collection

    func list(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: Self.group)
        let limit = try request.limit()
        let isCompleted = try request.flag("completed")
        let after = request.head.target.queryValue("after")
        return .read { snapshot throws(EngineError) in
            let page = try RecordPage(snapshot, Task.collection, after: after, limit: limit) {
                record throws(EngineError) in
                let task = try StoredTask(record: record.value).task
                return isCompleted.map { $0 == task.isCompleted } ?? true ? task.json : nil
            }
            return .success(.json(.ok, page.json("tasks")))
        }
    }

    func create(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: Self.group)
        try request.requireJSON()
        let draft = try TaskDraft(
            request.body, limits: limits.json, isTitleRequired: true, null: .fault)
        let task = Task(id: makeID(request.now), draft: draft, now: request.now)
        return try idempotency.write(request, "POST /tasks") { transaction throws(EngineError) in
            let stored = try transaction.put(task, announcing: .created)
            return .commit(.success(.json(.created, task.json, fields: stored.fields)))
        }
    }

    // MARK: A member

    func read(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: Self.group)
        let conditions = Preconditions(request.head.fields)
        let method = request.head.method
        return .read { snapshot throws(EngineError) in
            guard let stored = try snapshot.task(id) else { return .failure(.noTask(id)) }
            switch conditions.evaluate(stored.tag, method: method) {
            case .proceed:
                return .success(.json(.ok, stored.task.json, fields: ["ETag": stored.tag.text]))
            case .notModified:
                return .success(Response(.notModified, fields: ["ETag": stored.tag.text]))
            case .failed:
                return .failure(.changed(stored))
            }
        }
    }

    func replace(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: Self.group)
        try request.requireJSON()
        let draft = try TaskDraft(
            request.body, limits: limits.json, isTitleRequired: true, null: .fault)
        return change(request, id: id) { task in
            task.title = draft.title ?? ""
            task.description = draft.description ?? ""
            task.isCompleted = draft.isCompleted ?? false
        }
    }

    func patch(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: Self.group)
        try request.requireJSON(Self.patchTypes)
        let draft = try TaskDraft(
            request.body, limits: limits.json, isTitleRequired: false, null: .initial)
        return change(request, id: id, draft.patch)
    }

    func delete(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: Self.group)
        let conditions = Preconditions(request.head.fields)
        return .write { transaction throws(EngineError) in
            guard let stored = try transaction.task(id) else {
                return .refuse(.failure(.noTask(id)))
            }
            guard case .proceed = conditions.evaluate(stored.tag, method: .delete) else {
                return .refuse(.failure(.changed(stored)))
            }
            try transaction.delete(Task.collection, id)
            try transaction.append(stored.task.draft(.deleted))
            return .commit(.success(Response(.noContent)))
        }
    }

    private func change(
        _ request: Request, id: String, _ body: @escaping @Sendable (inout Task) -> Void
    ) -> Reaction {
        let conditions = Preconditions(request.head.fields)
        let method = request.head.method
        let now = request.now
        return .write { transaction throws(EngineError) in
            guard let stored = try transaction.task(id) else {
                return .refuse(.failure(.noTask(id)))
            }
            guard case .proceed = conditions.evaluate(stored.tag, method: method) else {
                return .refuse(.failure(.changed(stored)))
            }
            var task = stored.task
            body(&task)
            task.updatedAt = now.rfc3339
            let changed = try transaction.put(task, announcing: .updated)
            return .commit(
                .success(.json(.ok, task.json, fields: ["ETag": changed.tag.text])))
        }
    }
}

/// What happened to a task.
enum TaskChange: String, Announcement {
    case created = "task_created"
    case updated = "task_updated"
    case deleted = "task_deleted"
}

extension Task {
    /// The event that announces a change of this task.
    func draft(_ change: TaskChange) -> EventDraft {
        EventDraft(
            group: TaskRoutes.group, type: change.type, payloadName: "task", payload: json)
    }
}

extension Problem {
    static func noTask(_ id: String) -> Problem {
        Problem(.notFound, "there is no task \"\(id.prefix(64))\"")
    }

    /// The version that a condition asked for is no longer there (RFC 9110 §13.1.1).
    static func changed(_ stored: StoredTask) -> Problem {
        Problem(
            .preconditionFailed, "the task is at version \(stored.tag.text) now; read it again",
            fields: ["ETag": stored.tag.text])
    }
}

extension Snapshot {
    func task(_ id: String) throws(EngineError) -> StoredTask? {
        guard let record = try record(Task.collection, id) else { return nil }
        return try StoredTask(record: record)
    }
}

extension Transaction {
    /// Keeps a task and announces it; the event's number is its version.
    func put(_ task: Task, announcing change: TaskChange) throws(EngineError) -> StoredTask {
        let appended = try append(task.draft(change))
        let stored = StoredTask(version: appended.seq, task: task)
        try put(Task.collection, task.id, stored.record)
        return stored
    }
}
