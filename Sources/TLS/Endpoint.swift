import Bytes
import COpenSSL

/// One end of a TLS connection, without its socket (RFC 8446 §1.1).
///
/// Ciphertext goes in, plaintext and ciphertext to send come out; nothing here reads, writes or
/// waits. What the peer sends may be split anywhere. The owner sends ``takeOutput()`` after each
/// call, also after one that has thrown: it may be an alert.
///
/// For one thread at a time; between calls it keeps no buffers but a record that is half there.
@safe
public final class Endpoint {
    /// Which side of the handshake it is.
    public enum Role: Sendable {
        case client
        case server
    }

    /// How far the connection is.
    public enum State: Equatable, Sendable {
        /// Nothing has come from the peer.
        case waiting
        case handshake
        case open
        /// The peer sends nothing more, and has said so (RFC 8446 §6.1); this end may.
        case peerClosed
        case failed(Failure)
    }

    let tls: OpaquePointer
    public let role: Role
    public private(set) var state = State.waiting
    /// Kept for the look-up of names: the context only points to it.
    private let owner: AnyObject
    /// What is being received, during a call only.
    private var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    private var output: [UInt8] = []
    /// What is to be sent once the handshake is done.
    private var early: [UInt8] = []
    private var isClosing = false
    /// In a box, as hardly any connection has one.
    private(set) var refused: RefusedCertificate?
    /// The newest ticket of a server.
    var session: Session?

    /// The most plaintext of one record (RFC 8446 §5.1).
    public static let largestRecord = 16_384

    init(
        _ context: OwnedContext, role: Role, owner: AnyObject, _ prepare: (OpaquePointer) -> Void
    ) {
        guard let tls = unsafe SSL_new(context.pointer),
            let wire = unsafe BIO_new(Self.method.pointer)
        else { fatalError("libssl is out of memory") }
        unsafe self.tls = tls
        self.role = role
        self.owner = owner
        // The BIO ends with `tls`, which ends with this object.
        unsafe BIO_set_data(wire, Unmanaged.passUnretained(self).toOpaque())
        unsafe BIO_set_init(wire, 1)
        unsafe SSL_set_bio(tls, wire, wire)
        unsafe prepare(tls)
        let mode = unsafe SSL_get_verify_mode(tls)
        if mode != SSL_VERIFY_NONE { unsafe SSL_set_verify(tls, mode, Self.verified) }
    }

    deinit { unsafe SSL_free(tls) }

    // MARK: Use

    /// Takes what has come from the peer.
    ///
    /// - Parameters:
    ///   - ciphertext: All that has come.
    ///   - plaintext: What was in it is appended; also what came before a failure.
    /// - Throws: Why the connection cannot go on; from then on what comes is dropped.
    public func receive(
        _ ciphertext: Span<UInt8>, into plaintext: inout [UInt8]
    ) throws(Failure) {
        guard !ciphertext.isEmpty else { return }
        switch state {
        case .waiting: try judge(first: ciphertext[0])
        case .handshake, .open: break
        case .peerClosed, .failed: return
        }
        try unsafe ciphertext.withUnsafeBytes { bytes throws(Failure) in
            unsafe input = bytes
            defer { unsafe input = UnsafeRawBufferPointer(start: nil, count: 0) }
            try advance(into: &plaintext)
        }
    }

    /// Sends plaintext; before the handshake is done it is kept until then.
    ///
    /// - Parameter plaintext: What to send. After ``close()`` and after a failure it is dropped.
    public func send(_ plaintext: Span<UInt8>) {
        guard !isClosing, !plaintext.isEmpty else { return }
        switch state {
        case .waiting, .handshake:
            for index in plaintext.indices { early.append(plaintext[index]) }
        case .open, .peerClosed: encrypt(plaintext)
        case .failed: return
        }
    }

    /// Says to the peer that nothing more will be sent (RFC 8446 §6.1).
    public func close() {
        guard !isClosing else { return }
        isClosing = true
        switch state {
        case .open, .peerClosed:
            ERR_clear_error()
            _ = unsafe SSL_shutdown(tls)
        case .waiting, .handshake: early = []
        case .failed: return
        }
    }

    /// What there is to send now, oldest first; the owner has to send it.
    ///
    /// - Returns: Ciphertext; empty where there is none.
    public func takeOutput() -> [UInt8] {
        guard !output.isEmpty else { return [] }
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }

    /// Whether there is something to send.
    public var hasOutput: Bool { !output.isEmpty }

    /// Whether the handshake is done.
    public var isEstablished: Bool { state == .open || state == .peerClosed }

    // MARK: Steps

    /// Begins the handshake of a client.
    func begin() {
        ERR_clear_error()
        _ = unsafe SSL_do_handshake(tls)  // it waits for the server from now on
    }

    /// Tells TLS from what came by mistake: RFC 8446 §5.1 begins with handshake (22) or, from
    /// a server that refuses, alert (21).
    private func judge(first octet: UInt8) throws(Failure) {
        state = .handshake
        guard octet != 22, octet != 21 else { return }
        let isHTTP = 0x41...0x5A ~= octet  // a method, or "HTTP/1.1"
        let reason = isHTTP ? "the peer speaks HTTP without TLS" : "the peer does not speak TLS"
        throw fail(Failure(.notTLS(isHTTP: isHTTP), reason))
    }

    private func advance(into plaintext: inout [UInt8]) throws(Failure) {
        if state == .handshake {
            guard try shakeHands() else { return }
            state = .open
            var waiting: [UInt8] = []
            swap(&waiting, &early)
            if !waiting.isEmpty { encrypt(waiting.span) }
            if isClosing { _ = unsafe SSL_shutdown(tls) }
        }
        try unsafe withUnsafeTemporaryAllocation(
            byteCount: Self.largestRecord, alignment: 16
        ) { (room: UnsafeMutableRawBufferPointer) throws(Failure) in
            while let count = try unsafe read(into: room) {
                unsafe plaintext.append(contentsOf: room[..<count])
            }
        }
    }

    /// Goes on with the handshake; whether it is done.
    private func shakeHands() throws(Failure) -> Bool {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(tls)
        if result == 1 { return true }
        guard unsafe SSL_get_error(tls, result) == SSL_ERROR_WANT_READ else {
            throw fail(unsafe Failure.last(of: tls))
        }
        return false
    }

    /// Reads one record; `nil` where none is whole, or none will come.
    private func read(into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int? {
        var count = 0
        ERR_clear_error()
        let result = unsafe SSL_read_ex(tls, room.baseAddress, room.count, &count)
        if result == 1 { return count }
        switch unsafe SSL_get_error(tls, result) {
        case SSL_ERROR_WANT_READ: return nil
        case SSL_ERROR_ZERO_RETURN:
            state = .peerClosed
            return nil
        default: throw fail(unsafe Failure.last(of: tls))
        }
    }

    private func encrypt(_ plaintext: Span<UInt8>) {
        let records = plaintext.count / Self.largestRecord + 1
        output.reserveCapacity(output.count + plaintext.count + records * Self.recordOverhead)
        var count = 0
        ERR_clear_error()
        let result = unsafe plaintext.withUnsafeBytes { bytes in
            unsafe SSL_write_ex(tls, bytes.baseAddress, bytes.count, &count)
        }
        // There is always room: it fails only where there is no memory, or a key is used up.
        if result != 1 { _ = fail(unsafe Failure.last(of: tls)) }
    }

    /// Header, type and tag of a record under TLS 1.3, nonce too under 1.2, rounded up.
    private static let recordOverhead = 32

    private func fail(_ failure: Failure) -> Failure {
        state = .failed(failure)
        early = []
        return failure
    }

    // MARK: The wire

    /// Reads from `input` and appends to `output`: OpenSSL keeps no copy of either.
    private static let method = unsafe WireMethod(
        read: { wire, room, capacity, count in
            let endpoint = unsafe Endpoint.of(wire)
            let piece = unsafe endpoint.input.prefix(capacity)
            guard let room = unsafe room, unsafe !piece.isEmpty else {
                unsafe copenssl_bio_want_read(wire)
                return 0
            }
            unsafe UnsafeMutableRawBufferPointer(start: room, count: capacity).copyBytes(
                from: piece)
            unsafe endpoint.input = UnsafeRawBufferPointer(
                rebasing: endpoint.input.dropFirst(piece.count))
            unsafe count?.pointee = piece.count
            return 1
        },
        write: { wire, bytes, length, count in
            let endpoint = unsafe Endpoint.of(wire)
            unsafe endpoint.output.append(
                contentsOf: UnsafeRawBufferPointer(start: bytes, count: length))
            unsafe count?.pointee = length
            return 1
        })

    /// Remembers which certificate was refused: OpenSSL forgets it with the handshake.
    private static let verified: SSL_verify_cb = { isGood, check in
        guard isGood == 0, let check = unsafe check,
            let certificate = unsafe X509_STORE_CTX_get0_cert(check),
            let tls = unsafe X509_STORE_CTX_get_ex_data(
                check, SSL_get_ex_data_X509_STORE_CTX_idx())
        else { return isGood }
        let endpoint = unsafe Endpoint.of(SSL_get_rbio(OpaquePointer(tls)))
        unsafe endpoint.refused = RefusedCertificate(Certificate(certificate))
        return isGood
    }

    static func of(_ wire: OpaquePointer?) -> Endpoint {
        // Set once in `init`, and the BIO does not outlive the endpoint.
        unsafe Unmanaged<Endpoint>.fromOpaque(BIO_get_data(wire).unsafelyUnwrapped)
            .takeUnretainedValue()
    }
}

/// The methods of a BIO.
///
/// It is `Sendable` because they are set in `init`, before any other thread has them, and OpenSSL
/// only reads them from then on.
@safe
private struct WireMethod: @unchecked Sendable {
    typealias Read =
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>?
        ) -> Int32
    typealias Write =
        @convention(c) (
            OpaquePointer?, UnsafePointer<CChar>?, Int, UnsafeMutablePointer<Int>?
        ) -> Int32

    let pointer: OpaquePointer

    init(read: Read, write: Write) {
        guard let method = unsafe BIO_meth_new(BIO_get_new_index(), "campana") else {
            fatalError("libcrypto is out of memory")
        }
        unsafe BIO_meth_set_read_ex(method, read)
        unsafe BIO_meth_set_write_ex(method, write)
        // A flush has nothing to do, and succeeds; nothing else is asked for.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        unsafe pointer = method
    }
}
