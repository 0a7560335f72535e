import Reactor

/// What changes the bytes between a connection and its socket: TLS.
///
/// It may keep bytes that the kernel has not taken; it says so, and is told to go on.
public protocol StreamLayer: AnyObject {
    /// Receives once from `socket`, and leaves in `buffer` what it means.
    ///
    /// What the layer has to say by itself, as in a handshake, it sends at once.
    ///
    /// - Parameters:
    ///   - socket: Where bytes come from.
    ///   - buffer: Where their meaning goes.
    /// - Returns: What came; `.wouldBlock` where the bytes were for the layer alone.
    func receive(from socket: borrowing Socket, into buffer: ReadBuffer) -> Received

    /// Sends the bytes from `offset` on, in the layer's form.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - offset: Where to begin; before the end of `bytes`.
    ///   - socket: Where they go.
    /// - Returns: How many of `bytes` need not be given again, be they sent or kept.
    func send(_ bytes: [UInt8], from offset: Int, over socket: borrowing Socket) -> Sent

    /// Sends what the layer has kept.
    ///
    /// - Parameter socket: Where it goes.
    /// - Returns: `.wouldBlock` where some is still left.
    func flush(over socket: borrowing Socket) -> Sent

    /// Whether the layer keeps bytes that wait until the socket is writable.
    var isBlocked: Bool { get }

    /// Whether the peer was given up since it asks for more answers than it reads.
    var isOverrun: Bool { get }

    /// Whether it is to be asked again at once: what came held more than bytes, such as the end.
    var hasMore: Bool { get }

    /// Whom the peer has proved to be; `nil` where it has proved nothing.
    var peerName: String? { get }

    /// Says to the peer that nothing more will be sent.
    func end(over socket: borrowing Socket)
}

/// Where a connection's bytes come from and go to: a socket, perhaps with a layer over it.
///
/// A plain socket pays for the layer that it does not have with one comparison.
public struct ByteStream: ~Copyable {
    private let socket: Socket
    private let layer: (any StreamLayer)?

    /// Takes a socket, and what stands over it.
    public init(_ socket: consuming Socket, layer: (any StreamLayer)? = nil) {
        self.socket = socket
        self.layer = layer
    }

    /// The descriptor, to register it with a loop.
    public var rawValue: Int32 { socket.rawValue }

    /// Receives once.
    ///
    /// - Parameter buffer: Where the bytes go.
    /// - Returns: What came.
    public borrowing func receive(into buffer: ReadBuffer) -> Received {
        guard let layer else { return socket.receive(into: buffer) }
        return layer.receive(from: socket, into: buffer)
    }

    /// Sends the bytes from `offset` on.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - offset: Where to begin; before the end of `bytes`.
    /// - Returns: How many were taken.
    public borrowing func send(_ bytes: [UInt8], from offset: Int) -> Sent {
        guard let layer else { return socket.send(bytes, from: offset) }
        return layer.send(bytes, from: offset, over: socket)
    }

    /// Sends several pieces, by one system call where there is no layer.
    ///
    /// - Parameters:
    ///   - pieces: What to send, in this order; see ``Socket/sendGathered(_:from:)``.
    ///   - offset: Where to begin in the first piece.
    /// - Returns: How many bytes of all of them together were taken.
    public borrowing func sendGathered(_ pieces: [[UInt8]], from offset: Int) -> Sent {
        guard let layer else { return socket.sendGathered(pieces, from: offset) }
        // Small pieces share a record; a piece beyond what the layer takes at once waits.
        var gathered: [UInt8] = []
        for piece in pieces where gathered.count < SecureLayer.largestSend {
            gathered += gathered.isEmpty ? piece[offset...] : piece[...]
        }
        return layer.send(gathered, from: 0, over: socket)
    }

    /// Whether the layer waits for the socket to be writable.
    public var isBlocked: Bool { layer?.isBlocked ?? false }

    /// What was sent and the peer's system has not acknowledged, in bytes.
    public var unacknowledged: Int { socket.unacknowledged }

    /// Whether the peer was given up since it asks for more answers than it reads.
    public var isOverrun: Bool { layer?.isOverrun ?? false }

    /// Whether it is to be received from again at once, whatever the socket says.
    public var hasMore: Bool { layer?.hasMore ?? false }

    /// Whom the peer has proved to be; `nil` where it has proved nothing.
    public var peerName: String? { layer?.peerName }

    /// Sends what the layer has kept.
    ///
    /// - Returns: `.wouldBlock` where some is still left.
    public borrowing func flush() -> Sent { layer?.flush(over: socket) ?? .bytes(0) }

    /// Says to the peer that nothing more will be sent; receiving goes on.
    public borrowing func shutdownWrite() {
        layer?.end(over: socket)
        socket.shutdownWrite()
    }
}
