import Log

/// What the hub itself announces: each value is the type of its event.
protocol Announcement: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

extension Announcement {
    var type: EventType {
        guard let type = EventType(rawValue) else {
            preconditionFailure("\(rawValue) is written here, and no type")
        }
        return type
    }
}
