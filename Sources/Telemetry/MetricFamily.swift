/// The values of a label; a fixed few, so that no peer can make the page grow.
///
/// The raw values count from 0 in the order of the cases, as Swift numbers them by itself.
public protocol MetricLabel: CaseIterable, RawRepresentable, Sendable where RawValue == Int {
    /// The label's name in the page.
    static var label: StaticString { get }
    /// The value's name in the page.
    var text: StaticString { get }
}

/// A counter or gauge for each value of one label.
public struct MetricFamily<Label: MetricLabel, Member: Metric>: Metric {
    public let name: StaticString
    public let help: StaticString
    public let type: MetricType
    private let members: [Member]

    private init(
        _ name: StaticString, _ help: StaticString, _ type: MetricType,
        of make: (StaticString, StaticString) -> Member
    ) {
        self.name = name
        self.help = help
        self.type = type
        members = Label.allCases.map { _ in make(name, help) }
    }

    /// The member of one value.
    public subscript(_ label: Label) -> Member { members[label.rawValue] }

    public var values: [Int64] { members.flatMap(\.values) }

    public func append(samples: [Int64], to page: inout [UInt8]) {
        for (label, sample) in zip(Label.allCases, samples) {
            page.append(sample: "\(name){\(Label.label)=\"\(label.text)\"}", sample)
        }
    }
}

extension MetricFamily where Member == Counter {
    public init(_ name: StaticString, help: StaticString) {
        self.init(name, help, .counter) { Counter($0, help: $1) }
    }
}

extension MetricFamily where Member == Gauge {
    public init(_ name: StaticString, help: StaticString) {
        self.init(name, help, .gauge) { Gauge($0, help: $1) }
    }
}
