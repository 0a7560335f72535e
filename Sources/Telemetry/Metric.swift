import Synchronization

/// What Prometheus calls the type of a metric.
public enum MetricType: String, Sendable {
    case counter, gauge, histogram
}

/// A number, or a fixed set of numbers, that `/metrics` shows.
///
/// One metric has an instance on each thread that counts (see ``HubMetrics``), and the page
/// shows the sums.
public protocol Metric: Sendable {
    /// The name, after Prometheus' rules: base unit, `_total` for a counter.
    var name: StaticString { get }
    /// One sentence for the operator.
    var help: StaticString { get }
    var type: MetricType { get }

    /// The numbers as they stand, in the order in which ``append(samples:to:)`` takes them.
    var values: [Int64] { get }

    /// Writes the sample lines.
    ///
    /// - Parameters:
    ///   - samples: The sums of the instances' ``values``.
    ///   - page: Where to write.
    func append(samples: [Int64], to page: inout [UInt8])
}

/// A number that only grows.
///
/// ``add(_:)`` costs about 5 ns where one thread adds; call it once a batch where a batch
/// is at hand.
public final class Counter: Metric {
    public let name: StaticString
    public let help: StaticString
    private let number = Atomic<Int64>(0)

    public init(_ name: StaticString, help: StaticString) {
        self.name = name
        self.help = help
    }

    /// Adds to the number; from any thread.
    public func add(_ amount: Int = 1) {
        number.wrappingAdd(Int64(amount), ordering: .relaxed)
    }

    public var type: MetricType { .counter }
    public var value: Int64 { number.load(ordering: .relaxed) }
    public var values: [Int64] { [value] }

    public func append(samples: [Int64], to page: inout [UInt8]) {
        page.append(sample: name.description, samples[0])
    }
}

/// A number that goes up and down.
///
/// The page shows the sum over all threads: either every thread adds what it has, or one
/// thread alone sets it.
public final class Gauge: Metric {
    public let name: StaticString
    public let help: StaticString
    private let number = Atomic<Int64>(0)

    public init(_ name: StaticString, help: StaticString) {
        self.name = name
        self.help = help
    }

    /// Adds to the number, or takes from it; from any thread.
    public func add(_ amount: Int) {
        number.wrappingAdd(Int64(amount), ordering: .relaxed)
    }

    /// Replaces the number; from any thread.
    public func set(_ amount: Int) {
        number.store(Int64(amount), ordering: .relaxed)
    }

    public var type: MetricType { .gauge }
    public var value: Int64 { number.load(ordering: .relaxed) }
    public var values: [Int64] { [value] }

    public func append(samples: [Int64], to page: inout [UInt8]) {
        page.append(sample: name.description, samples[0])
    }
}

extension [UInt8] {
    /// Writes a sample line: `name value`.
    mutating func append(sample name: String, _ value: some CustomStringConvertible) {
        append(contentsOf: name.utf8)
        append(UInt8(ascii: " "))
        append(contentsOf: value.description.utf8)
        append(UInt8(ascii: "\n"))
    }
}
