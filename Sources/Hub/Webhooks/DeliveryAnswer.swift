import Log

/// What became of one attempt to deliver.
public enum DeliveryAnswer: Equatable, Sendable {
    /// The endpoint answered.
    case status(UInt16, retryAfter: Duration?)
    /// There was no answer; why, in words for people, without the URL.
    case failed(String)
}

/// What an attempt led to.
public enum Settlement: Equatable, Sendable {
    case delivered
    case retry(at: Timestamp)
    /// The schedule is used up, or the event is no longer kept: why, in words for people.
    case exhausted(String)
    /// The endpoint said 410: it wants nothing more, and the delivery waits.
    case gone
}
