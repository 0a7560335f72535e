import TLS
import Transport

/// Sessions of TLS that connections to come may resume, each once.
///
/// They are kept by server, for a session vouches for the certificate of the one that gave it.
struct SessionStore {
    private var sessions: [HubAddress.Endpoint: Session] = [:]

    /// The session of a server, which is forgotten here.
    mutating func take(for server: HubAddress.Endpoint) -> Session? {
        sessions.removeValue(forKey: server)
    }

    /// Keeps a server's newest session.
    mutating func keep(_ session: Session, of server: HubAddress.Endpoint) {
        sessions[server] = session
    }
}

extension ClientContext {
    /// Keeps what the server of a connection has given for the next one.
    func keepSession(of layer: SecureLayer?, with address: HubAddress) {
        guard let session = layer?.endpoint.takeSession() else { return }
        sessions.keep(session, of: address.endpoint)
    }
}
