import Glibc
import Time

extension Instant {
    /// The time since the machine was started, in sleep too (`CLOCK_BOOTTIME`).
    public static var now: Instant {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

// Here, so that who has a loop can reckon with its time.
extension Instant {
    @inlinable
    public static func + (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: duration)
    }

    @inlinable
    public static func - (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: .zero - duration)
    }

    @inlinable
    public static func - (one: Instant, other: Instant) -> Duration { other.duration(to: one) }

    @inlinable
    public static func += (instant: inout Instant, duration: Duration) {
        instant = instant.advanced(by: duration)
    }
}
