import Bytes
import Log

/// Where notifications are kept.
///
/// An unread one and a read one lie in collections of their own, under
/// `<consumer>:<16 digits>`: the newest unread ones of a consumer are one short scan, however
/// many others there are. A third collection leads from an identifier to its consumer.
enum NotificationRecords {
    static let unread = Collection(rawValue: "notifications_unread")
    static let read = Collection(rawValue: "notifications_read")
    static let consumers = Collection(rawValue: "notification_consumers")
    static let counters = Collection(rawValue: "notification_counters")
    static let lastID = "last_id"

    static func prefix(_ consumer: ConsumerID) -> String { "\(consumer.text):" }

    static func key(_ consumer: ConsumerID, _ id: UInt64) -> String {
        prefix(consumer) + digits(id)
    }

    static func digits(_ id: UInt64) -> String {
        let digits = String(id)
        return String(repeating: "0", count: Notification.idDigits - digits.count) + digits
    }
}

/// Which of a consumer's notifications.
enum NotificationFilter {
    case all, unread, read
}

extension Snapshot {
    /// Notifications of a consumer, newest first; costs what it returns.
    ///
    /// - Parameters:
    ///   - consumer: Whose.
    ///   - filter: Which of them.
    ///   - id: Only older ones than this are returned.
    ///   - limit: The most to return.
    /// - Returns: At most `limit` of them.
    /// - Throws: What the engine says; `corrupt` for a record that cannot be read.
    func notifications(
        of consumer: ConsumerID, _ filter: NotificationFilter,
        before id: UInt64 = UInt64(Notification.maxID), limit: Int
    ) throws(EngineError) -> [Notification] {
        switch filter {
        case .unread:
            return try notifications(in: NotificationRecords.unread, consumer, id, limit)
        case .read:
            return try notifications(in: NotificationRecords.read, consumer, id, limit)
        case .all:
            let unread = try notifications(in: NotificationRecords.unread, consumer, id, limit)
            let read = try notifications(in: NotificationRecords.read, consumer, id, limit)
            return Array((unread + read).sorted { $0.id > $1.id }.prefix(limit))
        }
    }

    private func notifications(
        in collection: Collection, _ consumer: ConsumerID, _ id: UInt64, _ limit: Int
    ) throws(EngineError) -> [Notification] {
        var notifications: [Notification] = []
        let records = try records(
            collection, prefix: NotificationRecords.prefix(consumer),
            after: NotificationRecords.key(consumer, id), limit: limit, descending: true)
        for record in records {
            notifications.append(try Notification(record: record.value))
        }
        return notifications
    }

    /// A notification by its identifier alone.
    func notification(_ id: UInt64) throws(EngineError) -> Notification? {
        let digits = NotificationRecords.digits(id)
        guard let name = try record(NotificationRecords.consumers, digits) else { return nil }
        guard let consumer = ConsumerID(String(lossyUTF8: name)) else {
            throw .corrupt("notification \(id) is of no consumer")
        }
        return try notification(id, of: consumer)
    }

    /// A notification of a consumer; `nil` where it is another's, too.
    func notification(
        _ id: UInt64, of consumer: ConsumerID
    ) throws(EngineError) -> Notification? {
        let key = NotificationRecords.key(consumer, id)
        for collection in [NotificationRecords.unread, NotificationRecords.read] {
            if let record = try record(collection, key) { return try Notification(record: record) }
        }
        return nil
    }

    /// How many notifications a consumer has not read; costs as many steps.
    func unreadCount(of consumer: ConsumerID) throws(EngineError) -> Int {
        try count(NotificationRecords.unread, prefix: NotificationRecords.prefix(consumer))
    }
}

extension Transaction {
    /// Keeps notifications and announces each.
    ///
    /// - Parameters:
    ///   - drafts: In the order of their identifiers.
    ///   - age: How long they are kept, ``HubLimits/notificationsAge``.
    /// - Returns: What was made of them.
    /// - Throws: What the engine says.
    func add(
        _ drafts: [NotificationDraft], keptFor age: Duration?
    ) throws(EngineError) -> [Notification] {
        let counter = try record(NotificationRecords.counters, NotificationRecords.lastID)
        var id = parseDecimal(counter ?? [ASCII.zero]) ?? 0
        var notifications: [Notification] = []
        for draft in drafts {
            id += 1
            let notification = Notification(id: id, draft: draft, now: now)
            try put(notification, in: NotificationRecords.unread, keptFor: age)
            try append(notification.draft(.created))
            notifications.append(notification)
        }
        try put(
            NotificationRecords.counters, NotificationRecords.lastID, Array(String(id).utf8))
        return notifications
    }

    /// Marks a notification as read and announces it, unless it was read before.
    ///
    /// - Parameters:
    ///   - notification: As it is kept.
    ///   - age: How long it is kept from when it was made, ``HubLimits/notificationsAge``.
    /// - Returns: The notification as it is now.
    /// - Throws: What the engine says; the transaction is then undone.
    @discardableResult
    func markRead(
        _ notification: Notification, keptFor age: Duration?
    ) throws(EngineError) -> Notification {
        guard !notification.isRead else { return notification }
        var notification = notification
        notification.isRead = true
        try delete(
            NotificationRecords.unread,
            NotificationRecords.key(notification.consumer, notification.id))
        try put(notification, in: NotificationRecords.read, keptFor: age)
        try append(notification.draft(.read))
        return notification
    }

    /// Puts all rows of a notification, which are gone at the same moment.
    private func put(
        _ notification: Notification, in collection: Collection, keptFor age: Duration?
    ) throws(EngineError) {
        let expires = age.map { (Timestamp(rfc3339: notification.fechaEnvio) ?? now) + $0 }
        try put(
            collection, NotificationRecords.key(notification.consumer, notification.id),
            notification.json, expires: expires)
        try put(
            NotificationRecords.consumers, NotificationRecords.digits(notification.id),
            Array(notification.consumer.text.utf8), expires: expires)
    }

    /// Removes a notification and announces it.
    func remove(_ notification: Notification) throws(EngineError) {
        let key = NotificationRecords.key(notification.consumer, notification.id)
        try delete(notification.isRead ? NotificationRecords.read : NotificationRecords.unread, key)
        try delete(NotificationRecords.consumers, NotificationRecords.digits(notification.id))
        try append(notification.draft(.deleted))
    }
}
