import Synchronization
import Time

/// How long things took, in buckets that are the same for every histogram.
///
/// One observation is two additions; a bucket is found in at most 16 comparisons.
public final class Histogram: Metric {
    /// The upper bounds of the buckets, in nanoseconds: 100 µs to 10 s, as 1, 2.5, 5.
    public static let bounds: [Int64] = [
        100_000, 250_000, 500_000,
        1_000_000, 2_500_000, 5_000_000,
        10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    public let name: StaticString
    public let help: StaticString
    /// One for each bound, and the last for what took longer than all of them.
    private let buckets: [Counter]
    private let nanoseconds = Atomic<Int64>(0)

    /// Makes an empty histogram.
    ///
    /// - Parameters:
    ///   - name: Its name, which ends in `_seconds`.
    ///   - help: What is measured.
    public init(_ name: StaticString, help: StaticString) {
        self.name = name
        self.help = help
        buckets = (0...Histogram.bounds.count).map { _ in Counter(name, help: help) }
    }

    /// Counts how long it took from one instant to a later one; from any thread.
    public func observe(from start: Instant, to end: Instant) {
        let elapsed = max(0, end.nanoseconds &- start.nanoseconds)
        let bucket = Histogram.bounds.firstIndex { elapsed <= $0 } ?? Histogram.bounds.count
        buckets[bucket].add()
        nanoseconds.wrappingAdd(elapsed, ordering: .relaxed)
    }

    public var type: MetricType { .histogram }

    /// The buckets, each without those below it, and the sum in nanoseconds.
    public var values: [Int64] {
        buckets.map(\.value) + [nanoseconds.load(ordering: .relaxed)]
    }

    public func append(samples: [Int64], to page: inout [UInt8]) {
        var count: Int64 = 0
        for (bound, inBucket) in zip(Histogram.bounds, samples) {
            count += inBucket
            page.append(sample: "\(name)_bucket{le=\"\(seconds(bound))\"}", count)
        }
        count += samples[Histogram.bounds.count]
        page.append(sample: "\(name)_bucket{le=\"+Inf\"}", count)
        page.append(sample: "\(name)_sum", seconds(samples[Histogram.bounds.count + 1]))
        page.append(sample: "\(name)_count", count)
    }

    /// Nanoseconds as decimal seconds, exactly: `0.0025`.
    private func seconds(_ nanoseconds: Int64) -> String {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest > 0 else { return String(whole) }
        let digits = String(rest)
        var fraction = String(repeating: "0", count: 9 - digits.utf8.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }
}
