import Bytes
import HTTP1
import JSON
import Log

/// `/notifications` and `/notify` (WIRE §5): seed 004's records, their events in the same
/// transaction, and seed 000's way to make them.
struct NotificationRoutes: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency

    // MARK: A consumer's

    func list(_ request: Request) throws(Problem) -> Reaction {
        let consumer = try request.consumer(.subscribe)
        let limit = try request.limit()
        let before = UInt64(
            try request.number(
                "after", in: 1...Notification.maxID, default: Notification.maxID))
        let filter: NotificationFilter =
            switch try request.flag("unread") {
            case nil: .all
            case true?: .unread
            case false?: .read
            }
        return .read { snapshot throws(EngineError) in
            // One more than is returned tells whether there is a next page.
            let found = try snapshot.notifications(
                of: consumer, filter, before: before, limit: limit + 1)
            var (page, bytes): ([[UInt8]], Int) = ([], 0)
            for each in found.prefix(limit) where bytes < RecordPage.maxBytes {
                page.append(each.json)
                bytes += page.last?.count ?? 0
            }
            let next = found.count > page.count ? found[page.count - 1].id : nil
            var json = Writer(capacity: 64 + bytes + page.count)
            json.object { json in
                json.member("notifications") { json in
                    json.array { json in for each in page { json.raw(each) } }
                }
                json.member("next", orNull: next)
            }
            return .success(.json(.ok, json.bytes))
        }
    }

    func countUnread(_ request: Request) throws(Problem) -> Reaction {
        let consumer = try request.consumer(.subscribe)
        return .read { snapshot throws(EngineError) in
            let count = try snapshot.unreadCount(of: consumer)
            var json = Writer()
            json.object { json in
                json.member("consumer", consumer.text)
                json.member("unread", count)
            }
            return .success(.json(.ok, json.bytes, fields: .noStore))
        }
    }

    /// Marks the oldest unread ones as read: all, up to the most that one transaction takes.
    func readAll(_ request: Request) throws(Problem) -> Reaction {
        let consumer = try request.consumer(.write)
        let (limit, age) = (limits.maxBatchEvents, limits.notificationsAge)
        return try idempotency.write(request, "POST /notifications/read \(consumer.text)") {
            transaction throws(EngineError) in
            let records = try transaction.records(
                NotificationRecords.unread, prefix: NotificationRecords.prefix(consumer),
                limit: limit + 1)
            for record in records.prefix(limit) {
                try transaction.markRead(try Notification(record: record.value), keptFor: age)
            }
            var json = Writer()
            json.object { json in
                json.member("consumer", consumer.text)
                json.member("marked", min(records.count, limit))
                json.member("more", records.count > limit)
            }
            return .commit(.success(.json(.ok, json.bytes)))
        }
    }

    func create(_ request: Request) throws(Problem) -> Reaction {
        try request.requireJSON()
        let draft = try NotificationDraft(request.body, limits: limits.json)
        let age = limits.notificationsAge
        try request.principal.require(.write, on: draft.consumer.group)
        return try idempotency.write(request, "POST /notifications") {
            transaction throws(EngineError) in
            let made = try transaction.add([draft], keptFor: age)
            guard let notification = made.first else { preconditionFailure("one makes one") }
            return .commit(
                .success(
                    .json(
                        .created, notification.json,
                        fields: ["Location": "/notifications/\(notification.id)"])))
        }
    }

    func notify(_ request: Request) throws(Problem) -> Reaction {
        try request.requireJSON()
        let drafts = try NotifyBody(request.body, limits: limits).drafts
        let age = limits.notificationsAge
        for draft in drafts { try request.principal.require(.write, on: draft.consumer.group) }
        return try idempotency.write(request, "POST /notify") { transaction throws(EngineError) in
            let notifications = try transaction.add(drafts, keptFor: age)
            var json = Writer(capacity: 64 + notifications.count * 96)
            json.object { json in
                json.member("sent", notifications.count)
                json.member("notifications") { json in
                    json.array { json in for each in notifications { json.write(sent: each) } }
                }
            }
            return .commit(.success(.json(.created, json.bytes)))
        }
    }

    // MARK: One

    func read(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        let id = try Notification.id(text)
        let principal = request.principal
        return .read { snapshot throws(EngineError) in
            guard let notification = try snapshot.notification(id) else {
                return .failure(.noNotification(text))
            }
            if let problem = principal.refusal(.subscribe, notification) {
                return .failure(problem)
            }
            return .success(.json(.ok, notification.json))
        }
    }

    func markRead(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        let id = try Notification.id(text)
        let age = limits.notificationsAge
        let principal = request.principal
        return try idempotency.write(request, "POST /notifications/\(id)/read") {
            transaction throws(EngineError) in
            guard let notification = try transaction.notification(id) else {
                return .refuse(.failure(.noNotification(text)))
            }
            if let problem = principal.refusal(.write, notification) {
                return .refuse(.failure(problem))
            }
            let marked = try transaction.markRead(notification, keptFor: age)
            return .commit(.success(.json(.ok, marked.json)))
        }
    }

    func delete(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        let id = try Notification.id(text)
        let principal = request.principal
        return .write { transaction throws(EngineError) in
            guard let notification = try transaction.notification(id) else {
                return .refuse(.failure(.noNotification(text)))
            }
            if let problem = principal.refusal(.write, notification) {
                return .refuse(.failure(problem))
            }
            try transaction.remove(notification)
            return .commit(.success(Response(.noContent)))
        }
    }
}

extension Notification {
    /// The identifier that a path names.
    fileprivate static func id(_ text: String) throws(Problem) -> UInt64 {
        guard let id = parseDecimal(text.utf8), id <= UInt64(maxID) else {
            throw .noNotification(text)
        }
        return id
    }
}

extension Request {
    /// Whose notifications the query asks for, where the asker may do that with them.
    fileprivate func consumer(_ action: Action) throws(Problem) -> ConsumerID {
        guard let text = head.target.queryValue("consumer") else {
            throw Problem(.invalidParameter, "consumer is missing; say whose, as in ?consumer=1")
        }
        let consumer = try ConsumerID(parameter: text)
        try principal.require(action, on: consumer.group)
        return consumer
    }
}

extension Principal {
    /// Why they may not do that with a notification, which was read to find whose it is.
    fileprivate func refusal(_ action: Action, _ notification: Notification) -> Problem? {
        let group = notification.consumer.group
        return may(action, group) ? nil : .forbidden(action, group.name)
    }
}

extension ConsumerID {
    /// Takes what a path or a query names.
    init(parameter text: String) throws(Problem) {
        guard let consumer = ConsumerID(text) else {
            throw Problem(
                .invalidParameter, "consumer: \"\(text.prefix(64))\" is not \(Self.grammar)")
        }
        self = consumer
    }
}

extension Problem {
    fileprivate static func noNotification(_ id: String) -> Problem {
        Problem(.notFound, "there is no notification \"\(id.prefix(64))\"")
    }
}

extension Writer {
    /// Says who was notified.
    fileprivate mutating func write(sent notification: Notification) {
        object { json in
            json.member("id", notification.id)
            json.member("consumer", notification.consumer.text)
            json.member("recipient", notification.draft.recipient ?? "")
        }
    }
}
