/// The side of a connection that an endpoint plays (RFC 6455 §1.2).
public enum Role: Hashable, Sendable {
    case server
    case client

    /// The side at the other end.
    public var peer: Role {
        switch self {
        case .server: .client
        case .client: .server
        }
    }
}
