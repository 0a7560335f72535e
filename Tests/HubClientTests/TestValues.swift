import HubClient
import Log

/// Numbers that are the same in every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64 = 42

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A cursor of the epoch `k3f9aa`, or of another.
func cursor(_ position: UInt64, epoch: String = "k3f9aa") -> Cursor? {
    Epoch(epoch).map { Cursor(epoch: $0, position: position) }
}

/// An event's line as the hub writes it.
func eventText(
    _ position: UInt64, seq: UInt64, group: String = "tasks", type: String = "task_created",
    epoch: String = "k3f9aa", payload: String = #""task":{"id":"1"}"#
) -> String {
    #"{"type":"\#(type)","group":"\#(group)","seq":\#(seq),"cursor":"\#(epoch)-\#(position)","#
        + #""timestamp":"2026-01-15T10:00:00.123Z",\#(payload)}"#
}

extension Array where Element == UInt8 {
    var text: String { String(decoding: self, as: UTF8.self) }
}
