import Admission
import Bytes

/// How the values of an option are written, read and shown.
public struct ValueKind<Value: Sendable>: Sendable {
    /// What stands for the value in `--help`: `SIZE`.
    public let placeholder: String
    /// Completes "… is not": "a size such as 65536, 64KiB or 1MiB".
    let expectation: String
    let read: @Sendable (String) -> Value?
    /// The value as a user would write it.
    let show: @Sendable (Value) -> String

    init(
        _ placeholder: String, _ expectation: String, read: @escaping @Sendable (String) -> Value?,
        show: @escaping @Sendable (Value) -> String
    ) {
        self.placeholder = placeholder
        self.expectation = expectation
        self.read = read
        self.show = show
    }

    /// The same, under another name in `--help`.
    func named(_ placeholder: String) -> ValueKind {
        ValueKind(placeholder, expectation, read: read, show: show)
    }
}

extension ValueKind where Value == String {
    /// Any text but none at all.
    static let text = ValueKind(
        "TEXT", "a text of at least one character", read: { $0.isEmpty ? nil : $0 }, show: { $0 })

    /// The path of a URL.
    static let path = ValueKind(
        "PATH", "a path such as /echo", read: { $0.hasPrefix("/") ? $0 : nil }, show: { $0 })

    /// Where to listen; which host that is, only the socket can tell.
    static let address = ValueKind(
        "ADDRESS",
        "an address such as 127.0.0.1:8001, [::1]:8001, https://127.0.0.1:8443 "
            + "or unix:/run/campana.sock",
        read: { isAddress($0) ? $0 : nil }, show: { $0 })

    private static func isAddress(_ text: String) -> Bool {
        if text.hasPrefix("unix:") { return text.hasPrefix("unix:/") }
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return isAddress(String(text.dropFirst(scheme.count)))
        }
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let port = parseDecimal(text[text.index(after: colon)...].utf8)
        else { return false }
        return port <= UInt16.max
    }
}

extension ValueKind where Value == Bool {
    static let onOff = ValueKind(
        "on|off", "\"on\" or \"off\"",
        read: { ["on": true, "off": false][$0] }, show: { $0 ? "on" : "off" })
}

extension ValueKind where Value == Int {
    /// A whole number in `range`.
    static func count(_ range: ClosedRange<Int>) -> ValueKind {
        ValueKind(
            "N", "a whole number from \(range.lowerBound) to \(range.upperBound)",
            read: { text in
                guard let number = parseDecimal(text.utf8), let count = Int(exactly: number),
                    range.contains(count)
                else { return nil }
                return count
            },
            show: { String($0) })
    }

    /// A number of bytes, at least `least`; binary units only, so that nobody has to guess.
    static func size(atLeast least: Int = 1) -> ValueKind {
        let bound = least > 1 ? ", at least \(showUnits(least, byteUnits))" : ""
        return ValueKind(
            "SIZE", "a size such as 65536, 64KiB or 1MiB\(bound)",
            read: { text in
                let bytes = parseDecimal(text.utf8) ?? readUnits(text, byteUnits)
                guard let bytes, let size = Int(exactly: bytes), size >= least else { return nil }
                return size
            },
            show: { showUnits($0, byteUnits) })
    }
}

extension ValueKind where Value == RateLimit {
    /// How much in which time.
    static let rateLimit = ValueKind(
        "RATE",
        "a rate such as 10/s, 60/min, 1000/hour or 5/day, with a count from 1 to 1000000",
        read: { RateLimit($0) }, show: { $0.text })
}

extension ValueKind where Value == Duration {
    /// A time in whole milliseconds, up to ten years.
    static let duration = ValueKind(
        "DURATION", "a duration such as 500ms, 25s, 10m, 24h or 7d",
        read: { text in
            guard let milliseconds = readUnits(text, timeUnits), milliseconds <= longest else {
                return nil
            }
            return .milliseconds(Int64(milliseconds))
        },
        show: { duration in
            let (seconds, attoseconds) = duration.components
            return showUnits(
                Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000), timeUnits)
        })

    private static var longest: UInt64 { 10 * 366 * 86_400_000 }
}

extension ValueKind where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of an enum's cases.
    static var choice: ValueKind {
        let words = Value.allCases.map(\.rawValue)
        return ValueKind(
            words.joined(separator: "|"), "one of " + words.joined(separator: ", "),
            read: { Value(rawValue: $0) }, show: { $0.rawValue })
    }
}

extension ValueKind {
    /// A value, or `off` for none.
    func orOff() -> ValueKind<Value?> {
        ValueKind<Value?>(
            placeholder, expectation + ", or \"off\"",
            read: { $0 == "off" ? .some(nil) : self.read($0).map(Optional.some) },
            show: { $0.map(self.show) ?? "off" })
    }

    /// A value that may be absent; only its default is.
    func optional() -> ValueKind<Value?> {
        ValueKind<Value?>(
            placeholder, expectation,
            read: { self.read($0).map(Optional.some) }, show: { $0.map(self.show) ?? "" })
    }
}

private typealias Unit = (suffix: String, worth: UInt64)

/// Largest first; a text that ends in `ms` ends in `s` too.
private let timeUnits: [Unit] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
]

private let byteUnits: [Unit] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
]

private func readUnits(_ text: String, _ units: [Unit]) -> UInt64? {
    for (suffix, worth) in units where text.hasSuffix(suffix) {
        guard let number = parseDecimal(text.dropLast(suffix.count).utf8) else { continue }
        let (product, overflowed) = number.multipliedReportingOverflow(by: worth)
        return overflowed ? nil : product
    }
    return nil
}

private func showUnits(_ amount: Int, _ units: [Unit]) -> String {
    let amount = UInt64(clamping: amount)
    for (suffix, worth) in units where amount >= worth && amount.isMultiple(of: worth) {
        return "\(amount / worth)\(suffix)"
    }
    return amount == 0 && units.last?.worth == 1 ? "0s" : String(amount)
}
