@testable import TLS

/// A client and a server back to back: what one sends, the other receives, in pieces.
struct Pair {
    let client: Endpoint
    let server: Endpoint
    var toClient: [UInt8] = []
    var toServer: [UInt8] = []
    var clientFailure: Failure?
    var serverFailure: Failure?

    init(
        _ acceptor: Acceptor, _ connector: Connector, host: String = "hub.test",
        resuming session: Session? = nil
    ) {
        client = connector.makeEndpoint(for: host, resuming: session)
        server = acceptor.makeEndpoint()
    }

    /// Carries bytes to and fro until there are none.
    ///
    /// - Parameter pieceBytes: How many at a time.
    mutating func run(pieceBytes: Int = .max) {
        while true {
            let toServer = client.takeOutput()
            for piece in pieces(of: toServer, pieceBytes) {
                do throws(Failure) {
                    try server.receive(piece.span, into: &self.toServer)
                } catch {
                    serverFailure = error
                }
            }
            let toClient = server.takeOutput()
            for piece in pieces(of: toClient, pieceBytes) {
                do throws(Failure) {
                    try client.receive(piece.span, into: &self.toClient)
                } catch {
                    clientFailure = error
                }
            }
            if toServer.isEmpty && toClient.isEmpty { return }
        }
    }

    private func pieces(of bytes: [UInt8], _ count: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: bytes.count, by: min(count, max(bytes.count, 1))).map {
            bytes[$0...].prefix(count)
        }
    }
}

extension Endpoint {
    func send(_ text: String) { send(Array(text.utf8).span) }
}

extension Array where Element == UInt8 {
    var text: String { String(decoding: self, as: UTF8.self) }
}
