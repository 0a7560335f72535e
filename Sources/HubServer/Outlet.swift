import Hub
import Log

/// Where a consumer's events and messages go.
protocol Outlet: AnyObject {
    /// Whether nothing waits to be sent.
    var isDrained: Bool { get }

    /// Takes events in log order; they bring the consumer to `through`.
    func deliver(_ events: [Event], through: UInt64)

    /// Takes the same as bytes that others are sent too, in the consumer's encoding.
    func deliver(encoded: [UInt8], through: UInt64)

    /// Takes a message that is no event.
    func say(_ message: ServerMessage)

    /// Ends a consumer that reads too slowly, where the operator wants that.
    func giveUp(_ failure: Failure)
}
