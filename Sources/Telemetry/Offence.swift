/// What a client did, or left undone, that the hub does not put up with.
public enum Offence: Int, MetricLabel {
    /// It connected and said nothing.
    case silence
    /// A head, a body or a handshake of TLS did not arrive in time.
    case slowHead, slowBody, slowHandshake
    /// It did not read its answers in time.
    case slowReading
    /// Its events did not fit its queue any more.
    case slowConsumer
    /// A ping was not answered.
    case noPong
    /// A request that is not HTTP, or larger than it may be.
    case malformedRequest, requestTooLarge
    /// A request or a message that is framed well, and cannot be understood.
    case badRequest
    /// Frames that break RFC 6455, or a message larger than it may be.
    case brokenFrames, messageTooLarge
    case tooManySubscriptions
    /// It came when the hub had as many connections as it may.
    case overCapacity
    /// Its address, or who has its credentials, has as many connections as one may.
    case tooManyOfAddress, tooManyOfPrincipal
    /// It asked for more than `--rate` has for one client, or sent more than `--message-rate` has
    /// for one WebSocket.
    case pastRate, pastMessageRate
    case tooManyTickets

    public static var label: StaticString { "offence" }

    public var text: StaticString { row.text }

    /// How much it matters to an operator, when it happens now and then.
    public var level: LogLevel { row.level }

    /// Networks lose phones, browsers open connections in advance: that is the ordinary course.
    private var row: (text: StaticString, level: LogLevel) {
        switch self {
        case .silence: ("silence", .info)
        case .slowHead: ("slow_head", .warning)
        case .slowBody: ("slow_body", .warning)
        case .slowHandshake: ("slow_handshake", .warning)
        case .slowReading: ("slow_reading", .warning)
        case .slowConsumer: ("slow_consumer", .notice)
        case .noPong: ("no_pong", .info)
        case .malformedRequest: ("malformed_request", .warning)
        case .badRequest: ("bad_request", .info)
        case .requestTooLarge: ("request_too_large", .warning)
        case .brokenFrames: ("broken_frames", .warning)
        case .messageTooLarge: ("message_too_large", .warning)
        case .tooManySubscriptions: ("too_many_subscriptions", .warning)
        case .overCapacity: ("over_capacity", .warning)
        case .tooManyOfAddress: ("too_many_of_address", .warning)
        case .tooManyOfPrincipal: ("too_many_of_principal", .warning)
        case .pastRate: ("past_rate", .warning)
        case .pastMessageRate: ("past_message_rate", .warning)
        case .tooManyTickets: ("too_many_tickets", .warning)
        }
    }
}

/// Keeps a flood of offences out of the log, and loses none of them.
///
/// The first of each kind is told at once. Those that follow are counted, and told together once
/// a minute, with the last of those who did it. There is no timer here: whoever is told to
/// tell the first one calls ``intervalEnded(_:)`` an ``interval`` later, and again for as long as
/// that has something to tell.
public struct OffenceLedger: Sendable {
    /// The time between two lines of one kind.
    public static let interval = Duration.seconds(60)

    /// What an interval has brought.
    public struct Sum: Equatable, Sendable {
        /// How many there were that were not told one by one.
        public var count: Int
        /// Who did the last of them.
        public var last: String

        public init(count: Int, last: String) {
            self.count = count
            self.last = last
        }
    }

    /// `nil` where none was told within the interval.
    private var sums = [Sum?](repeating: nil, count: Offence.allCases.count)

    public init() {}

    /// Takes note of an offence.
    ///
    /// - Parameters:
    ///   - offence: What was done.
    ///   - who: By whom.
    /// - Returns: Whether to tell it now, and to call ``intervalEnded(_:)`` later.
    public mutating func note(_ offence: Offence, by who: String) -> Bool {
        guard let sum = sums[offence.rawValue] else {
            sums[offence.rawValue] = Sum(count: 0, last: who)
            return true
        }
        sums[offence.rawValue] = Sum(count: sum.count + 1, last: who)
        return false
    }

    /// Takes what there is to tell at the end of an interval, and begins another one.
    ///
    /// - Parameter offence: Which kind.
    /// - Returns: `nil` if there was nothing: then no other interval begins.
    public mutating func intervalEnded(_ offence: Offence) -> Sum? {
        guard let sum = sums[offence.rawValue], sum.count > 0 else {
            sums[offence.rawValue] = nil
            return nil
        }
        sums[offence.rawValue] = Sum(count: 0, last: sum.last)
        return sum
    }
}
