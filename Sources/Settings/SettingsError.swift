/// A setting that cannot be taken: where it stands, what it says, and what would be right.
///
/// Its description is what the program prints, after its own name and a colon.
public struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where it stands: `--listen`, `CAMPANA_LISTEN`, or `/etc/campana.conf:12: listen`.
    public var place: String
    /// What is wrong, with the value; and what to do instead, where that can be said.
    public var fault: String

    public init(place: String, fault: String) {
        self.place = place
        self.fault = fault
    }

    public var description: String { "\(place): \(fault)" }

    /// A name that is in no table.
    ///
    /// - Parameters:
    ///   - place: Where it stands.
    ///   - noun: What it should be: `option`, `command`, `key`.
    ///   - name: What was written.
    ///   - candidates: All that would be right.
    /// - Returns: The error, which names the nearest candidate if one is near.
    static func unknown(
        _ place: String, _ noun: String, _ name: String, among candidates: [String]
    ) -> SettingsError {
        guard let nearest = nearest(to: name, among: candidates) else {
            return SettingsError(place: place, fault: "there is no such \(noun)")
        }
        return SettingsError(
            place: place, fault: "there is no such \(noun); did you mean \(nearest)?")
    }
}
