import Bytes
import JSON
import Log

/// What a consumer of notifications is told first (seed 004): what it has not read, newest first.
public struct InitialNotifications: Sendable {
    /// The point in the log that they were read at: live events follow on it.
    public let cursor: Cursor
    /// A JSON array.
    let json: [UInt8]
    /// Whether there are older ones, which `GET /notifications` lists.
    let hasMore: Bool

    /// The most notifications.
    static let maxCount = 100
    /// How long the list may grow, in bytes; half of a queue's default, as pages of the log.
    static let maxBytes = 128 << 10

    init(_ snapshot: any Snapshot, of consumer: ConsumerID, epoch: Epoch) throws(EngineError) {
        cursor = Cursor(epoch: epoch, position: snapshot.head)
        let unread = try snapshot.notifications(of: consumer, .unread, limit: Self.maxCount + 1)
        var json = Writer(capacity: 256 * unread.count + 2)
        var (count, byteCount) = (0, 0)
        json.array { json in
            for object in unread.prefix(Self.maxCount).lazy.map(\.json) {
                byteCount += object.count
                if byteCount > Self.maxBytes { break }
                json.raw(object)
                count += 1
            }
        }
        self.json = json.bytes
        hasMore = count < unread.count
    }
}

/// A `mark_read` as a client sent it.
public struct MarkReadRequest: Sendable {
    public var notificationID: Int64
    /// Whose it is; on a consumer's own connection that is known.
    public var consumer: ConsumerID?
    public var ref: [UInt8]?
}

/// A `mark_read` that can be carried out.
public struct MarkRead: Sendable {
    public enum Effect: Sendable {
        /// All connections of the consumer hear of it by the event.
        case marked
        case wasRead
        case unknown
    }

    let notificationID: Int64
    public let consumer: ConsumerID
    /// Whether the connection that asks is told by the event.
    let isOwn: Bool
    let ref: [UInt8]?
    /// How long notifications are kept.
    let age: Duration?

    /// Marks it, as one transaction with its event.
    public func perform(_ transaction: any Transaction) throws(EngineError) -> Outcome<Effect> {
        guard let id = UInt64(exactly: notificationID), id <= UInt64(Notification.maxID),
            let notification = try transaction.notification(id, of: consumer)
        else { return .refuse(.unknown) }
        guard !notification.isRead else { return .refuse(.wasRead) }
        try transaction.markRead(notification, keptFor: age)
        return .commit(.marked)
    }

    /// What the connection that asked is answered; `nil` where the event is the answer.
    public func answer(to effect: Effect) -> ServerMessage? {
        switch effect {
        case .marked where isOwn && ref == nil: nil
        case .marked, .wasRead: .markedRead(notificationID, ref: ref)
        case .unknown:
            .error(
                .notFound, "\(consumer.text) has no notification \(notificationID)", ref: ref)
        }
    }

    /// What it is answered where the engine could not do it.
    public func answer(to error: EngineError) -> ServerMessage {
        let failure = Failure(error)
        return .error(failure, failure.title, ref: ref)
    }
}

extension Rules {
    /// Reads what a consumer of notifications is told first, and what follows on it.
    public func initialNotifications(
        of consumer: ConsumerID
    ) -> @Sendable (any Snapshot) throws(EngineError) -> InitialNotifications {
        let epoch = epoch
        return { snapshot throws(EngineError) in
            try InitialNotifications(snapshot, of: consumer, epoch: epoch)
        }
    }

    /// The subscription that goes on where `initial` ends.
    ///
    /// Nothing but events comes of it: clients of seed 004 know no other frames.
    public func subscription(
        of consumer: ConsumerID, after initial: InitialNotifications
    ) -> SubscribeRequest {
        SubscribeRequest(
            patterns: [GroupPattern(consumer.group)], since: .cursor(initial.cursor),
            isQuiet: true)
    }

    /// What a `mark_read` leads to.
    ///
    /// - Parameters:
    ///   - request: What the client sent.
    ///   - own: The consumer that the connection is of.
    /// - Returns: What is to be carried out, and how it is answered.
    /// - Throws: That it is not known whose notification it is.
    public func markRead(
        _ request: MarkReadRequest, on own: ConsumerID?
    ) throws(MessageFault) -> MarkRead {
        guard let consumer = request.consumer ?? own else {
            throw MessageFault(
                failure: .invalidMessage,
                detail: "the member \"consumer\" is missing; say whose notification it is",
                ref: request.ref)
        }
        guard own == nil || own == consumer else {
            throw MessageFault(
                failure: .invalidMessage,
                detail: "consumer: this connection is not of \"\(consumer.text)\"; use /ws",
                ref: request.ref)
        }
        return MarkRead(
            notificationID: request.notificationID, consumer: consumer, isOwn: own != nil,
            ref: request.ref, age: limits.notificationsAge)
    }
}
