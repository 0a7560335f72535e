import COpenSSL

extension Endpoint {
    /// What another connection may go on with, where the server has given a ticket for it.
    ///
    /// - Returns: The newest, which is forgotten here: a ticket that is shown twice tells who
    ///   listens that both connections are of the same client (RFC 8446 §C.4).
    public func takeSession() -> Session? {
        defer { session = nil }
        return session
    }

    /// Keeps what a server's ticket is good for.
    static let keepSession: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = {
        tls, session in
        // A copy: OpenSSL spoils its own where the connection is cut, which RFC 5246 §7.2.1 has
        // given up to ask for.
        guard let tls = unsafe tls, let copy = unsafe SSL_SESSION_dup(session) else { return 0 }
        unsafe Endpoint.of(SSL_get_rbio(tls)).session = Session(owning: copy)
        return 0
    }
}
