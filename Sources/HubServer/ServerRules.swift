import Bytes
import Crypto
import Hub
import Log
import Reactor
import Settings

// The hub's rules, as the settings make them.
extension Server {
    static func rules(
        _ settings: HubSettings, _ version: String, _ epoch: Epoch, _ file: RulesFile?
    ) -> Rules {
        Rules(
            limits: HubLimits(
                maxMessageBytes: max(settings.maxBodyBytes, settings.maxMessageBytes),
                maxEventBytes: settings.maxEventBytes, maxBatchEvents: settings.maxBatchEvents,
                maxSubscriptions: settings.maxSubscriptions,
                integrationLogAge: settings.integrationLogAge),
            version: version, epoch: epoch, echoPath: settings.echo,
            queueBytes: settings.queueBytes,
            idempotency: Idempotency(age: settings.idempotencyAge) { content in
                var digits: [UInt8] = []
                digits.append(hex: SHA256.hash(content))
                return String(decoding: digits, as: UTF8.self)
            },
            dataRules: { file?.current ?? .none }, makeID: IDMaker().make)
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
