import Admission
import Bytes
import Telemetry

/// What an operator can set about a hub; ``HubSettings/options`` is the table behind it.
///
/// Reading it only checks how values are written. Nothing is opened, resolved or bound.
public struct HubSettings: Equatable, Sendable {
    // Listening
    /// Addresses as they were written; port 0 lets the kernel choose.
    public var listen = ["127.0.0.1:8001", "127.0.0.1:8765"]
    /// A path on which WebSocket messages are sent back; for conformance tests.
    public var echo: String?
    public var compression = true

    // TLS
    /// Files of certificates in PEM form, each followed by those that sign it.
    public var tlsCert: [String] = []
    /// The files of their private keys, in the same order.
    public var tlsKey: [String] = []
    /// The file of those who sign clients' certificates.
    public var tlsClientCa: String?
    public var tlsClientCertificates = ClientCertificatePolicy.required

    // Storage
    /// The directory of the log; made where it does not exist.
    public var data = "campana-data"
    /// Events older than this may be removed.
    public var retainAge: Duration?
    /// How many of the newest events are kept.
    public var retainEvents: Int?
    public var retainBytes: Int?
    public var idempotencyAge = Duration.seconds(24 * 3600)
    public var integrationLogAge = Duration.seconds(30 * 86_400)
    /// Notifications older than this are gone, read or not.
    public var notificationsAge: Duration?

    // Publishing
    /// A file of rules for what is published.
    public var rules: String?

    // Limits
    public var maxConnections = 100_000
    /// Of one client, as limits by address count it; `nil` for as many as there may be at all.
    public var maxConnectionsPerAddress: Int? = 1000
    /// What stays open of those who have said who they are.
    public var maxConnectionsPerPrincipal: Int?
    public var maxHeadBytes = 16 * 1024
    public var maxHeadFields = 100
    public var maxBodyBytes = 1 << 20
    public var maxFrameBytes = 1 << 20
    public var maxMessageBytes = 1 << 20
    public var maxEventBytes = 256 * 1024
    public var maxBatchEvents = 1000
    /// For each connection.
    public var maxSubscriptions = 1000
    /// Writes that wait for the engine at one time.
    public var maxQueuedWrites = 65_536
    /// Addresses that limits by address leave alone.
    public var limitExempt = ["127.0.0.0/8", "::1"].compactMap { AddressBlock($0) }
    /// What each client may ask for; none by default.
    public var rate: [RateLimit] = []
    /// For each WebSocket.
    public var messageRate: RateLimit?

    // Access
    /// A file of secrets of HS256 tokens, one a line.
    public var jwtSecretFile: String?
    /// A file of public keys: PEM, or a JSON Web Key Set.
    public var jwtKeysFile: String?
    public var jwtIssuer: String?
    public var jwtAudience: [String] = []
    /// How far other clocks may be from this one.
    public var jwtLeeway = Duration.seconds(30)
    /// What a token grants that says nothing of it: grants with spaces between.
    public var jwtGrant: String?
    /// What a client's certificate grants: grants with spaces between.
    public var tlsClientGrant = "all:**"
    /// A file that declares services that sign what they send.
    public var sources: String?
    public var openMetrics = false
    /// Pages of other origins that may ask: `https://app.example`.
    public var origin: [String] = []
    /// Names with a dot by which an open hub is called.
    public var host: [String] = []
    /// Who is believed when it says whom a request comes from.
    public var trustedProxy: [TrustedProxy] = []
    public var proxyHeader = ProxyHeader.xForwardedFor

    // Audit
    /// The file of who did what; none without it.
    public var audit: String?
    /// Whether what was only read is audited as well.
    public var auditReads = false
    /// Whether each batch of lines is made to outlive the machine.
    public var auditSync = true
    /// Whether writes are refused while they cannot be audited.
    public var auditStrict = false

    // Consumers
    /// What waits to be sent to one connection.
    public var queueBytes = 256 * 1024
    public var onSlow = SlowConsumerPolicy.catchUp
    public var heartbeat = Duration.seconds(15)
    public var pingInterval = Duration.seconds(25)
    public var pongTimeout = Duration.seconds(10)
    /// The span over which the clients of a stopping hub are told to return.
    public var reconnectSpread = Duration.seconds(5)

    // Webhooks
    public var maxWebhooks = 10_000
    public var webhookAllow: [AddressBlock] = []
    public var webhookPorts: [ClosedRange<UInt16>] = [80...80, 443...443, 8080...8080, 8443...8443]
    public var webhookCa: String?
    /// The wait before each attempt.
    public var webhookRetries: [Duration] = [
        .zero, .seconds(5), .seconds(5 * 60), .seconds(30 * 60), .seconds(2 * 3600),
        .seconds(5 * 3600), .seconds(10 * 3600), .seconds(14 * 3600), .seconds(20 * 3600),
        .seconds(24 * 3600),
    ]
    public var webhookTimeout = Duration.seconds(10)
    public var webhookHistoryAge = Duration.seconds(7 * 86_400)

    // Time-outs
    public var headTimeout = Duration.seconds(10)
    public var bodyTimeout = Duration.seconds(30)
    public var tlsHandshakeTimeout = Duration.seconds(10)
    /// How long a connection without a request is kept.
    public var idleTimeout = Duration.seconds(75)
    public var closeTimeout = Duration.seconds(5)
    public var drainTimeout = Duration.seconds(10)

    // Process
    /// Whom to become once ports are bound and keys are read; `nil` to stay who started it.
    public var user: String?
    /// Event loops; 0 stands for one on each core.
    public var loops = 0
    public var config: String?
    public var logLevel = LogLevel.info
    public var logFormat = LogFormatChoice.auto

    /// The defaults.
    public init() {}
}

/// What happens to a consumer whose queue is full.
public enum SlowConsumerPolicy: String, CaseIterable, Sendable {
    /// The queue is dropped, and the consumer reads on from the log at its own speed.
    case catchUp = "catch-up"
    /// The connection is closed with 1013.
    case disconnect
}

/// Who is believed when it says whom a request comes from.
public enum TrustedProxy: Equatable, Sendable {
    case addresses(AddressBlock)
    /// Whoever comes by a socket file that is listened on.
    case socketFile
}

/// The one field in which trusted proxies say whom a request comes from.
public enum ProxyHeader: String, CaseIterable, Sendable {
    case xForwardedFor = "x-forwarded-for"
    /// RFC 7239.
    case forwarded
}

/// Whether a client has to show a certificate, where authorities are given.
public enum ClientCertificatePolicy: String, CaseIterable, Sendable {
    case required
    /// Who has none is let in without a name.
    case optional
}

/// Which form log lines have.
public enum LogFormatChoice: String, CaseIterable, Sendable {
    /// `human` on a terminal, `json` otherwise.
    case auto
    case human
    case json
}
