import Glibc
import Log

/// The system's time of day.
public enum WallClock {
    /// Now, in UTC.
    @Sendable public static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
