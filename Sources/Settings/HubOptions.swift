extension HubSettings {
    /// The one list of the hub's options.
    ///
    /// Flags, environment variables, file keys, `--help`, the manual page and
    /// docs/configuration.md are all read from it, in this order.
    public static let options: [Option<HubSettings>] =
        listening + access + audit + tls + storage + publishing + limits + consumers + webhooks
        + timeouts
        + process

    private static let listening = [
        row(
            "listen", each: \.listen, .address, in: "Listening",
            "address to listen on, with https:// before it for TLS; host 'localhost' means IPv4 and IPv6, port 0 any free one"
        ),
        row(
            "compression", \.compression, .onOff, in: "Listening",
            "permessage-deflate for WebSocket clients that offer it"),
        row(
            "echo", \.echo, ValueKind.path.orOff(), in: "Listening",
            "path on which WebSocket messages are sent back, for conformance tests"),
    ]

    private static let access = [
        row(
            "jwt-secret-file", \.jwtSecretFile, ValueKind.text.named("FILE").optional(),
            in: "Access", "secrets of HS256 tokens, one a line; mode 0600; SIGHUP reads it again"),
        row(
            "jwt-keys-file", \.jwtKeysFile, ValueKind.text.named("FILE").optional(), in: "Access",
            "public keys of RS256, ES256 and EdDSA tokens: PEM or a JWK set; SIGHUP reads it again"),
        row(
            "jwt-issuer", \.jwtIssuer, ValueKind.text.optional(), in: "Access",
            "what 'iss' of a token must be"),
        row(
            "jwt-audience", each: \.jwtAudience, .text, in: "Access",
            "what 'aud' of a token must name, one of these"),
        row(
            "jwt-leeway", \.jwtLeeway, .duration, in: "Access",
            "how far the clocks of those who make tokens may be off"),
        row(
            "jwt-grant", \.jwtGrant, ValueKind.text.named("GRANTS").optional(), in: "Access",
            "what a token grants that has neither 'groups' nor 'grants'; spaces between"),
        row(
            "sources", \.sources, ValueKind.text.named("FILE").optional(), in: "Access",
            "JSON file of services that sign what they send; mode 0600; SIGHUP reads it again"),
        row(
            "open-metrics", \.openMetrics, .onOff, in: "Access",
            "/metrics and /status answer those who show no credentials"),
        row(
            "origin", each: \.origin, .origin, in: "Access",
            "pages of other origins that may ask, as https://app.example; the hub's own always may"),
        row(
            "host", each: \.host, ValueKind.text.named("NAME"), in: "Access",
            "name with a dot by which a hub without credentials may be called (421)"),
        row(
            "trusted-proxy", each: \.trustedProxy, .trustedProxy, in: "Access",
            "proxies that are believed when they say whom a request comes from; unix for all who come by a socket file"
        ),
        row(
            "proxy-header", \.proxyHeader, .choice, in: "Access",
            "the one field in which trusted proxies say it"),
        Option(
            "limit-exempt", each: \.limitExempt, .addressBlock, section: "Access",
            default: HubSettings(), mayBeOff: true,
            help: "addresses that limits by address leave alone"),
    ]

    private static let audit = [
        row(
            "audit", \.audit, ValueKind.text.named("FILE").optional(), in: "Audit",
            "file of who did what with which outcome, a JSON line each, chained by hashes; SIGUSR1 begins a new one"
        ),
        row(
            "audit-reads", \.auditReads, .onOff, in: "Audit",
            "plain reads of data are audited as well"),
        row(
            "audit-sync", \.auditSync, .onOff, in: "Audit",
            "each batch of lines is on the disk before the next; no write waits for it"),
        row(
            "audit-strict", \.auditStrict, .onOff, in: "Audit",
            "writes get 503 while the file cannot be written, or its queue is full"),
    ]

    private static let tls = [
        row(
            "tls-cert", each: \.tlsCert, ValueKind.text.named("FILE"), in: "TLS",
            "certificate in PEM form, followed by those that sign it; again for other host names"),
        row(
            "tls-key", each: \.tlsKey, ValueKind.text.named("FILE"), in: "TLS",
            "private key of the certificate, in PEM form; one for each, in the same order"),
        row(
            "tls-client-ca", \.tlsClientCa, ValueKind.text.named("FILE").optional(), in: "TLS",
            "certificates of those who sign the certificates that clients show"),
        row(
            "tls-client-certificates", \.tlsClientCertificates, .choice, in: "TLS",
            "whether a client has to show a certificate, where --tls-client-ca is given"),
        row(
            "tls-client-grant", \.tlsClientGrant, ValueKind.text.named("GRANTS"), in: "TLS",
            "what a client's certificate grants; spaces between"),
    ]

    private static let storage = [
        row(
            "data", \.data, ValueKind.text.named("DIR"), in: "Storage",
            "directory of the log, made where it does not exist; one hub at a time uses it"),
        row(
            "retain-age", \.retainAge, ValueKind.duration.orOff(), in: "Storage",
            "remove events older than this", past: "who asks for what is gone is told of a gap"),
        row(
            "retain-events", \.retainEvents, ValueKind.count(1...(1 << 53)).orOff(), in: "Storage",
            "remove all but this many of the newest events",
            past: "who asks for what is gone is told of a gap"),
        row(
            "retain-bytes", \.retainBytes, ValueKind.size(atLeast: 1 << 20).orOff(), in: "Storage",
            "remove the oldest events while the log takes more than this on disk",
            past: "who asks for what is gone is told of a gap"),
        row(
            "idempotency-age", \.idempotencyAge, .duration, in: "Storage",
            "how long the answer to an Idempotency-Key is kept",
            past: "forgotten; the key counts as new"),
        row(
            "integration-log-age", \.integrationLogAge, .duration, in: "Storage",
            "how long an entry of the integration log is kept; its totals stay", past: "removed"),
        row(
            "notifications-age", \.notificationsAge, ValueKind.duration.orOff(), in: "Storage",
            "how long a notification is kept, read or not", past: "removed"),
    ]

    private static let publishing = [
        row(
            "rules", \.rules, ValueKind.text.named("FILE").optional(), in: "Publishing",
            "file of JSON rules for published events, by group and type; SIGHUP reads it again")
    ]

    private static let limits = [
        row(
            "max-connections", \.maxConnections, .count(1...10_000_000), in: "Limits",
            "connections at one time", past: "503 and closed; with TLS closed at once"),
        row(
            "max-connections-per-address", \.maxConnectionsPerAddress,
            ValueKind.count(1...10_000_000).orOff(), in: "Limits",
            "connections at one time of one IPv4 address or IPv6 /64; behind a trusted proxy, what stays open",
            past: "429 and closed; with TLS closed at once; a WebSocket behind a proxy: 4100"),
        row(
            "max-connections-per-principal", \.maxConnectionsPerPrincipal,
            ValueKind.count(1...10_000_000).orOff(), in: "Limits",
            "WebSockets, streams and held answers at one time of those with the same credentials",
            past: "429; a WebSocket: error too_many_connections, goodbye and 4100"),
        row(
            "max-head-bytes", \.maxHeadBytes, .size(atLeast: 1024), in: "Limits",
            "request line and fields of an HTTP request",
            past: "431, closed; 414 where the request line has more than 8 KiB"),
        row(
            "max-head-fields", \.maxHeadFields, .count(8...10_000), in: "Limits",
            "fields of an HTTP request", past: "431, closed"),
        row(
            "max-body-bytes", \.maxBodyBytes, .size(atLeast: 1024), in: "Limits",
            "body of an HTTP request", past: "413, closed"),
        row(
            "max-frame-bytes", \.maxFrameBytes, .size(atLeast: 1024), in: "Limits",
            "payload of one WebSocket frame", past: "closed with 1009"),
        row(
            "max-message-bytes", \.maxMessageBytes, .size(atLeast: 1024), in: "Limits",
            "WebSocket message, all its frames inflated", past: "closed with 1009"),
        row(
            "max-event-bytes", \.maxEventBytes, .size(atLeast: 1024), in: "Limits",
            "data of one event", past: "413; error event_too_large on a WebSocket, which stays"),
        row(
            "max-batch-events", \.maxBatchEvents, .count(1...100_000), in: "Limits",
            "events of one batch",
            past: "413, or 422 for the recipients of a notification; nothing of it is done"),
        row(
            "max-subscriptions", \.maxSubscriptions, .count(1...100_000), in: "Limits",
            "groups and patterns of one connection",
            past: "error too_many_subscriptions, and none of the message; the connection stays"),
        row(
            "max-queued-writes", \.maxQueuedWrites, .count(1...1_000_000), in: "Limits",
            "writes that wait for the disk",
            past: "503 with Retry-After; error overloaded on a WebSocket, which stays"),
        row(
            "rate", each: \.rate, .rateLimit, in: "Limits",
            "requests and WebSocket messages of each client, as 60/min; one for each of s, min, hour and day",
            past: "429 with Retry-After; error rate_limited on a WebSocket, then 4129"),
        row(
            "message-rate", \.messageRate, ValueKind.rateLimit.orOff(), in: "Limits",
            "messages and pings of one WebSocket, as 50/s",
            past: "error rate_limited, then 4129"),
    ]

    private static let consumers = [
        row(
            "queue-bytes", \.queueBytes, .size(atLeast: 4096), in: "Consumers",
            "what may wait to be sent to one consumer before it counts as slow",
            past: "dropped from the queue, and what --on-slow says"),
        row(
            "on-slow", \.onSlow, .choice, in: "Consumers",
            "what a slow consumer gets: the rest from the log at its own speed, or a close"),
        row(
            "heartbeat", \.heartbeat, .duration, in: "Consumers",
            "time between comments on a quiet SSE stream"),
        row(
            "ping-interval", \.pingInterval, .duration, in: "Consumers",
            "time after which a quiet WebSocket client is pinged"),
        row(
            "pong-timeout", \.pongTimeout, .duration, in: "Consumers",
            "time in which any frame must follow a ping", past: "closed with 4201"),
        row(
            "reconnect-spread", \.reconnectSpread, .duration, in: "Consumers",
            "span over which the clients of a stopping hub are told to return"),
    ]

    private static let webhooks = [
        row(
            "max-webhooks", \.maxWebhooks, .count(0...1_000_000), in: "Webhooks",
            "webhooks at one time", past: "409"),
        row(
            "webhook-allow", each: \.webhookAllow, .addressBlock, in: "Webhooks",
            "addresses outside the public Internet that webhooks may be delivered to"),
        row(
            "webhook-ports", each: \.webhookPorts, .ports, in: "Webhooks",
            "ports that webhooks may be delivered to"),
        row(
            "webhook-ca", \.webhookCa, ValueKind.text.named("FILE").optional(), in: "Webhooks",
            "certificates of those who sign the endpoints' ones, in place of the system's"),
        row(
            "webhook-retries", each: \.webhookRetries, .duration, in: "Webhooks",
            "wait before each attempt to deliver, the first included",
            past: "given up, and can be replayed"),
        row(
            "webhook-timeout", \.webhookTimeout, .duration, in: "Webhooks",
            "time for one attempt, from the resolution of the name to the end of the answer",
            past: "the attempt has failed, and the next of --webhook-retries follows"),
        row(
            "webhook-history-age", \.webhookHistoryAge, .duration, in: "Webhooks",
            "how long the attempts of a delivery can be listed", past: "removed"),
    ]

    private static let timeouts = [
        row(
            "tls-handshake-timeout", \.tlsHandshakeTimeout, .duration, in: "Time-outs",
            "time for a client to finish the handshake of TLS", past: "closed"),
        row(
            "head-timeout", \.headTimeout, .duration, in: "Time-outs",
            "time for the head of a request to arrive whole", past: "408, closed"),
        row(
            "body-timeout", \.bodyTimeout, .duration, in: "Time-outs",
            "time for the body of a request to arrive whole", past: "408, closed"),
        row(
            "idle-timeout", \.idleTimeout, .duration, in: "Time-outs",
            "time that a connection without a request is kept open", past: "closed"),
        row(
            "close-timeout", \.closeTimeout, .duration, in: "Time-outs",
            "time for a client to answer a Close frame", past: "cut off"),
        row(
            "drain-timeout", \.drainTimeout, .duration, in: "Time-outs",
            "time to finish what is under way after SIGTERM; a second SIGTERM ends it at once",
            past: "cut off"),
    ]

    private static let process = [
        Option(
            "config", \.config, ValueKind.text.named("FILE").optional(), section: "Process",
            places: .variableAndFlag, default: HubSettings(),
            help: "file of NAME=value lines; variables and flags override it"),
        row(
            "user", \.user, ValueKind.text.named("NAME").optional(), in: "Process",
            "user to become once ports are bound and keys are read, before data are touched"),
        row(
            "loops", \.loops, .count(0...1024), in: "Process",
            "event loops, each a thread; 0 stands for one on each core"),
        row(
            "log-level", \.logLevel, .choice, in: "Process", "lowest level of log lines on stderr"),
        row(
            "log-format", \.logFormat, .choice, in: "Process",
            "form of log lines; auto is human on a terminal and json elsewhere"),
    ]

    private static func row<Value: Sendable>(
        _ name: String, _ path: WritableKeyPath<HubSettings, Value> & Sendable,
        _ kind: ValueKind<Value>, in section: String, _ help: String,
        past: String? = nil
    ) -> Option<HubSettings> {
        Option(name, path, kind, section: section, default: HubSettings(), help: help, past: past)
    }

    private static func row<Element: Sendable>(
        _ name: String, each path: WritableKeyPath<HubSettings, [Element]> & Sendable,
        _ kind: ValueKind<Element>, in section: String, _ help: String,
        past: String? = nil
    ) -> Option<HubSettings> {
        Option(
            name, each: path, kind, section: section, default: HubSettings(), help: help, past: past
        )
    }
}
