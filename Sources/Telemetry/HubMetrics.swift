/// What a connection is used for.
public enum ConnectionUse: Int, MetricLabel {
    case http, websocket, sse, ndjson, longPoll, handshake

    public static var label: StaticString { "use" }

    public var text: StaticString {
        switch self {
        case .http: "http"
        case .websocket: "websocket"
        case .sse: "sse"
        case .ndjson: "ndjson"
        case .longPoll: "long_poll"
        case .handshake: "tls_handshake"
        }
    }
}

/// How a handshake of TLS ended.
public enum HandshakeOutcome: Int, MetricLabel {
    /// Done, with a certificate; or by a ticket of an earlier one.
    case full, resumed
    /// No TLS came; no version, cipher or protocol that both have.
    case notTLS, nothingShared
    /// The client's certificate was not taken; the client did not take ours.
    case certificateRefused, refusedByPeer
    case violation
    case timedOut
    /// The client went away.
    case abandoned

    public static var label: StaticString { "outcome" }

    public var text: StaticString {
        switch self {
        case .full: "full"
        case .resumed: "resumed"
        case .notTLS: "not_tls"
        case .nothingShared: "nothing_shared"
        case .certificateRefused: "certificate_refused"
        case .refusedByPeer: "refused_by_peer"
        case .violation: "violation"
        case .timedOut: "timed_out"
        case .abandoned: "abandoned"
        }
    }
}

/// The first digit of an HTTP status (RFC 9110 §15).
public enum StatusClass: Int, MetricLabel {
    case informational, successful, redirection, clientError, serverError

    /// The class of a status code from 100 to 599; what lies outside counts with the nearest.
    public init(code: Int) {
        self = StatusClass(rawValue: min(max(code / 100, 1), 5) - 1) ?? .serverError
    }

    public static var label: StaticString { "class" }

    public var text: StaticString {
        switch self {
        case .informational: "1xx"
        case .successful: "2xx"
        case .redirection: "3xx"
        case .clientError: "4xx"
        case .serverError: "5xx"
        }
    }
}

/// Every metric of the hub, in the order in which `/metrics` shows them.
///
/// Each event loop and the engine has an instance of its own, so that no two threads count
/// in the same cache line; ``page(of:)`` adds them up. A gauge that is *set* is set in one
/// instance only. docs/metrics.md is printed from this list.
public final class HubMetrics: Sendable {
    public let startTime = Gauge(
        "process_start_time_seconds",
        help: "When the process started, in seconds since 1970-01-01 UTC.")
    public let residentBytes = Gauge(
        "process_resident_memory_bytes", help: "Memory that the process holds in RAM.")
    public let loopTurns = Counter(
        "campana_loop_turns_total", help: "Turns of all event loops.")

    public let connections = MetricFamily<ConnectionUse, Gauge>(
        "campana_connections", help: "Connections that are open, by what they are used for.")
    public let connectionsAccepted = Counter(
        "campana_connections_accepted_total", help: "Connections accepted.")
    public let connectionsClosed = Counter(
        "campana_connections_closed_total", help: "Connections closed, by either side.")
    public let connectionsShed = Counter(
        "campana_connections_shed_total",
        help: "Connections turned away: max-connections reached, or no file descriptor left.")
    public let offences = MetricFamily<Offence, Counter>(
        "campana_offences_total",
        help: "What clients did that the hub does not put up with; the log says who.")
    public let handshakes = MetricFamily<HandshakeOutcome, Counter>(
        "campana_tls_handshakes_total", help: "TLS handshakes, by how they ended.")
    public let certificateEnd = Gauge(
        "campana_tls_certificate_end_time_seconds",
        help: "When the first certificate expires, in seconds since 1970-01-01 UTC; 0 without TLS.")
    public let bytesReceived = Counter(
        "campana_received_bytes_total", help: "Bytes read from connections.")
    public let bytesSent = Counter(
        "campana_sent_bytes_total", help: "Bytes written to connections.")

    public let requests = MetricFamily<StatusClass, Counter>(
        "campana_http_requests_total", help: "HTTP requests answered, by class of status.")
    public let requestSeconds = Histogram(
        "campana_http_request_seconds",
        help: "From the end of an HTTP request to its answer; streams are not counted.")
    public let messagesReceived = Counter(
        "campana_messages_received_total", help: "WebSocket messages received from clients.")
    public let messagesSent = Counter(
        "campana_messages_sent_total",
        help: "WebSocket messages sent that are not events: answers, welcomes, errors.")

    public let subscriptions = Gauge(
        "campana_subscriptions", help: "Groups and patterns that consumers are subscribed to.")
    public let deliveries = Counter(
        "campana_deliveries_total", help: "Events handed to consumers, once for each consumer.")
    public let catchUps = Counter(
        "campana_catch_ups_total",
        help: "Times that a slow consumer's queue was full and it went on from the log.")
    public let gaps = Counter(
        "campana_gaps_total", help: "Gaps told to consumers: events that retention had removed.")
    public let resets = Counter(
        "campana_resets_total", help: "Cursors of another epoch, or of the future, that came.")
    public let pagesRead = Counter(
        "campana_pages_read_total", help: "Pages of the log read for those who catch up.")

    public let webhookAttempts = Counter(
        "campana_webhook_attempts_total", help: "Attempts to deliver an event to a webhook.")
    public let webhookDeliveries = Counter(
        "campana_webhook_deliveries_total", help: "Events that webhooks have taken.")
    public let webhooksExhausted = Counter(
        "campana_webhook_exhausted_total",
        help: "Deliveries given up after the last attempt; they can be sent again.")
    public let webhookInFlight = Gauge(
        "campana_webhook_in_flight", help: "Attempts to deliver that wait for an answer.")

    public let eventsCommitted = Counter(
        "campana_events_committed_total", help: "Events that the engine has made durable.")
    public let commits = Counter("campana_commits_total", help: "Transactions of the engine.")
    public let engineQueue = Gauge(
        "campana_engine_queue", help: "Writes that wait for the engine.")
    public let writesRefused = Counter(
        "campana_writes_refused_total",
        help: "Writes refused because the engine was full, failing or overloaded.")
    public let timersFired = Counter(
        "campana_timers_fired_total",
        help: "Durable timers that have run: alerts and silences of stock that were due.")
    public let auditLines = Counter(
        "campana_audit_lines_total", help: "Lines written to the audit log.")
    public let auditLost = Counter(
        "campana_audit_lost_total",
        help: "Lines that the audit log lacks: its queue was full, or the disk refused.")
    public let eventsKept = Gauge("campana_log_events", help: "Events that the log holds.")
    public let logBytes = Gauge("campana_log_bytes", help: "Size of the log on disk.")

    public init() {}

    /// The metrics in the order in which they are declared above.
    public var all: [any Metric] {
        [
            startTime, residentBytes, loopTurns,
            connections, connectionsAccepted, connectionsClosed, connectionsShed,
            offences, handshakes, certificateEnd, bytesReceived,
            bytesSent,
            requests, requestSeconds, messagesReceived, messagesSent,
            subscriptions, deliveries, catchUps, gaps, resets, pagesRead,
            webhookAttempts, webhookDeliveries, webhooksExhausted, webhookInFlight,
            eventsCommitted, commits, engineQueue, writesRefused, timersFired, auditLines,
            auditLost, eventsKept, logBytes,
        ]
    }
}
