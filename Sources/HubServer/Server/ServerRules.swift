import Bytes
import Console
import Crypto
import Hub
import Log
import Reactor
import SQLiteEngine
import Settings
import Trust

// The hub's rules, as the settings make them.
extension Server {
    static func rules(
        _ settings: HubSettings, _ version: String, _ epoch: Epoch, _ file: RulesFile?,
        _ access: Access
    ) -> Rules {
        Rules(
            limits: HubLimits(
                maxMessageBytes: max(settings.maxBodyBytes, settings.maxMessageBytes),
                maxEventBytes: settings.maxEventBytes, maxBatchEvents: settings.maxBatchEvents,
                maxSubscriptions: settings.maxSubscriptions,
                integrationLogAge: settings.integrationLogAge,
                notificationsAge: settings.notificationsAge),
            version: version, epoch: epoch, echoPath: settings.echo,
            queueBytes: settings.queueBytes,
            pages: Pages(
                Asset.all.map { ($0.name, $0.mediaType, $0.bytes) }, digest: hexDigest),
            idempotency: Idempotency(age: settings.idempotencyAge, digest: hexDigest),
            webhooks: webhookOptions(settings), access: access,
            dataRules: { file?.current ?? .none },
            makeID: IDMaker().make)
    }

    private static func webhookOptions(_ settings: HubSettings) -> WebhookOptions {
        WebhookOptions(
            addresses: AddressRules(allowed: settings.webhookAllow),
            ports: PortRanges(settings.webhookPorts),
            schedule: RetrySchedule(settings.webhookRetries), maxCount: settings.maxWebhooks,
            attemptAge: settings.webhookHistoryAge,
            makeSecret: { WebhookSecret.prefix + Base64.encode(Random.bytes(32)) })
    }

    /// Opens the log and the records.
    static func open(
        _ settings: HubSettings, _ broker: Broker
    ) throws(StartFault) -> EmbeddedEngine {
        var options = EngineOptions()
        options.maxQueuedTransactions = settings.maxQueuedWrites
        options.retention = Retention(
            age: settings.retainAge, events: settings.retainEvents.map(UInt64.init),
            bytes: settings.retainBytes.map(UInt64.init))
        options.transientGroups = Rules.transientGroups
        do {
            return try EmbeddedEngine(
                path: settings.data, options: options, clock: WallClock.now,
                generator: SystemRandom(), observer: broker.publish)
        } catch {
            throw StartFault(error.message)
        }
    }

    /// SHA-256, as hexadecimal digits.
    @Sendable private static func hexDigest(_ content: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.append(hex: SHA256.hash(content))
        return String(decoding: digits, as: UTF8.self)
    }
}

/// Makes the identifiers of records, in the order of their making on all threads.
private final class IDMaker: Sendable {
    private let state = Locked(UUIDv7Sequence())

    @Sendable func make(_ now: Timestamp) -> String {
        state.withLock { sequence in
            var random = SystemRandom()
            return sequence.next(milliseconds: now.milliseconds, using: &random).text
        }
    }
}
