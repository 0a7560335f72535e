import Bytes
import Log

/// What the operator wants of webhooks.
public struct WebhookOptions: Sendable {
    public var addresses: AddressRules
    public var ports: PortRanges
    public var schedule: RetrySchedule
    /// The most webhooks.
    public var maxCount: Int
    /// How long attempts are kept.
    public var attemptAge: Duration
    /// How long the old secret is signed with beside the new one, where the client says nothing.
    public var rotationOverlap: Duration
    /// Makes a secret, `whsec_…`.
    public var makeSecret: @Sendable () -> String

    public init(
        addresses: AddressRules, ports: PortRanges, schedule: RetrySchedule = .standard,
        maxCount: Int = 10_000, attemptAge: Duration = .seconds(7 * 86_400),
        rotationOverlap: Duration = .seconds(86_400), makeSecret: @escaping @Sendable () -> String
    ) {
        self.addresses = addresses
        self.ports = ports
        self.schedule = schedule
        self.maxCount = maxCount
        self.attemptAge = attemptAge
        self.rotationOverlap = rotationOverlap
        self.makeSecret = makeSecret
    }

    /// Why nothing can be delivered to a URL, as far as the URL alone says; `nil` where it can.
    func refusal(of url: WebhookURL) -> String? {
        guard ports.contains(url.port) else {
            return "has port \(url.port), which webhook-ports does not allow"
        }
        guard let address = IPAddress(url.host), let kind = addresses.refusal(of: address) else {
            return nil
        }
        return "leads to an address that is \(kind); webhook-allow can allow it"
    }

    /// How long the record of a delivery is kept that waits to be tried again.
    var waitingAge: Duration { max(attemptAge, (schedule.longest + .seconds(86_400)) * 2) }
}
