import Bytes
import Log

/// How far the log had come, kept in a file of its own beside the database.
///
/// It tells a database that was put back from an older copy, or has lost its tail, from one that
/// is whole. The mark is written behind the acknowledgements, once a second at most and always at
/// a clean stop, so it is never ahead of what the database has made durable. Therefore, at a start:
///
/// - A whole database is never taken for another, whatever it was stopped by: its head is at the
///   mark or behind it, and the event at the mark is the one whose fingerprint the mark holds.
/// - A copy whose head is before the mark is found out: any copy from before the last clean stop,
///   or from more than a second before a crash, if an event has come since.
/// - So is a copy that went on elsewhere past the mark: its event there is another one. (If that
///   event is past retention there, it is not.)
/// - Not found out: a copy of the whole directory with the mark in it; a copy from the last second
///   before a crash.
///
/// What is found out gets a new epoch, and no position of the lost tail is ever taken for a new one.
struct HighWaterMark: Equatable, Sendable {
    var epoch: Epoch
    var position: UInt64
    /// Of the JSON of the event at `position`; 0 where there is none.
    var fingerprint: UInt64

    /// Marks the place of `json`.
    init(_ cursor: Cursor, json: [UInt8]?) {
        epoch = cursor.epoch
        position = cursor.position
        fingerprint = json.map(Self.fingerprint) ?? 0
    }

    /// Whether a log that has this mark beside it has lost events since.
    ///
    /// - Parameters:
    ///   - epoch: The log's.
    ///   - head: The log's newest position.
    ///   - json: What the log has at the mark's position; `nil` if that is past retention.
    /// - Returns: Whether events that were acknowledged are not in it.
    func isAhead(ofEpoch epoch: Epoch, head: UInt64, json: [UInt8]?) -> Bool {
        if self.epoch != epoch || position > head { return true }
        guard fingerprint != 0, let json else { return false }
        return fingerprint != Self.fingerprint(json)
    }

    /// FNV-1a: it is held against mishaps, not against malice.
    static func fingerprint(_ octets: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01B3 }
        return max(hash, 1)
    }
}

/// The file's one line: `campana-mark 1 k3f9aa-18342 1234567890`.
extension HighWaterMark {
    private static let heading = "campana-mark 1"

    var line: String {
        "\(Self.heading) \(Cursor(epoch: epoch, position: position).text) \(fingerprint)\n"
    }

    /// Reads what ``line`` wrote; `nil` for anything else.
    init?(line: String) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, line.hasPrefix(Self.heading + " "), line.hasSuffix("\n"),
            let cursor = Cursor(String(parts[2])),
            let fingerprint = parseDecimal(parts[3].dropLast().utf8)
        else { return nil }
        self.init(cursor, json: nil)
        self.fingerprint = fingerprint
    }
}
