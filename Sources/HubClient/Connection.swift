import Reactor
import Transport
import WebSocket

/// One WebSocket to a server, the client's side (RFC 6455).
///
/// Confined to its loop, which keeps it until it has ended. The way of a message, in the order of
/// the lines below: socket → handshake → protocol core → owner; owner → frame → socket.
public final class Connection: EventHandler, TimerHandler {
    enum Phase {
        case dialing(Dialer?)
        case handshake(OpeningExchange)
        case open(Conversation)
        case ended
    }

    /// What may wait to be sent before nothing more is read: a peer that does not read is not
    /// read either.
    private static let outputLimitBytes = 1 << 20

    let context: ClientContext
    let options: Options
    let receive: (ConnectionEvent) -> Void
    var phase = Phase.dialing(nil)
    let address: HubAddress
    var stream: ByteStream?
    /// What `stream` has over its socket, for its words.
    private(set) var layer: SecureLayer?
    var registration: Registration?
    private var interest = Interest.readable
    var timer: TimerID?
    var phaseDeadline: EventLoop.Instant?
    var keepAlive: KeepAlive?
    var loss: ConnectionLoss?
    private var output: [UInt8] = []
    private var sent = 0
    private var isHandlingInput = false
    /// Whether nothing is read; the peer is kept from sending by TCP.
    public var isPaused = false {
        didSet { updateInterest() }
    }

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - address: The hub, and its WebSocket's path.
    ///   - context: The loop to run on.
    ///   - options: How.
    ///   - receive: Called on the loop's thread, in a later turn than this call.
    public init(
        to address: HubAddress, _ context: ClientContext, options: Options = Options(),
        receive: @escaping (ConnectionEvent) -> Void
    ) {
        self.address = address
        self.context = context
        self.options = options
        self.receive = receive
        let dialer = address.dial(context) { result in self.dialed(result) }
        if case .dialing = phase { phase = .dialing(dialer) }
    }

    /// Whether messages may be sent.
    public var isOpen: Bool {
        if case .open(let conversation) = phase { conversation.isOpen } else { false }
    }

    /// Sends a message; dropped where the connection is not open.
    ///
    /// - Parameters:
    ///   - message: The payload, uncompressed.
    ///   - opcode: `.text`, `.binary`, `.ping` or `.pong`.
    public func send(_ message: [UInt8], as opcode: Opcode = .text) {
        guard case .open(let conversation) = phase, conversation.isOpen else { return }
        conversation.append(opcode, message, to: &output)
        if !isHandlingInput { flush() }
    }

    /// Begins the closing handshake; `.ended` follows within `closeTimeout`, twice at most.
    public func close(_ code: CloseCode = .normal) {
        switch phase {
        case .open(let conversation):
            perform(conversation.handle(.closeRequested(code)))
            if !isHandlingInput { flush() }
        case .dialing, .handshake: abandon()
        case .ended: break
        }
    }

    /// Drops the connection at once; `.ended` is not told.
    public func abandon() {
        guard let dialer = release() else { return }
        dialer.cancel()
    }
}

// MARK: - Socket

extension Connection {
    private func dialed(_ result: consuming Result<Socket, DialError>) {
        guard case .dialing = phase else { return }
        switch consume result {
        case .failure(let error): endLater(.unreachable(address.explain(error)))
        case .success(let socket):
            do throws(SystemError) {
                registration = try context.loop.register(
                    socket.rawValue, .readable, self)
            } catch {
                return endLater(.unreachable("cannot reach \(address.text): \(error)"))
            }
            layer = address.makeLayer(context)
            stream = ByteStream(consume socket, layer: layer)
            let exchange = OpeningExchange(
                address, options, fields: context.credentialFields(for: address))
            output += exchange.request
            phase = .handshake(exchange)
            expectWithin(options.handshakeTimeout)
            flush()
        }
    }

    public func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { flush() }
        guard !readiness.isDisjoint(with: [.readable, .failed, .hungUp]) else { return }
        switch stream?.receive(into: context.loop.readBuffer) {
        case .bytes(let count)?:
            _ = keepAlive?.handle(.received, now: context.loop.now, patience)
            isHandlingInput = true
            context.loop.readBuffer.withBytes(count) { read($0) }
            isHandlingInput = false
            flush()
            if stream?.hasMore == true { ready(.readable) }
        case .end?: streamEnded()
        case .failed(let error)?: broken(error)
        case .wouldBlock?: updateInterest()
        case nil: break
        }
    }

    private func broken(_ error: SystemError) {
        if let words = layer.flatMap(address.explain) {
            if case .handshake = phase { return end(.untrusted(words)) }
            return end(loss ?? .failed(words))
        }
        end(loss ?? .failed("the connection broke: \(error.reason)"))
    }

    private func flush() {
        if stream?.isBlocked == true {
            switch stream?.flush() {
            case .bytes?, nil: break
            case .wouldBlock?: return updateInterest()
            case .failed(let error)?: return broken(error)
            }
        }
        while sent < output.count {
            switch stream?.send(output, from: sent) {
            case .bytes(let count)?: sent += count
            case .wouldBlock?: return updateInterest()
            case .failed(let error)?: return broken(error)
            case nil: return
            }
        }
        output.removeAll(keepingCapacity: output.capacity <= 65_536)
        sent = 0
        updateInterest()
    }

    private func updateInterest() {
        guard let registration else { return }
        let waiting = output.count - sent
        var wanted: Interest = waiting > 0 || stream?.isBlocked == true ? .writable : []
        if !isPaused, waiting <= Self.outputLimitBytes { wanted.insert(.readable) }
        guard wanted != interest else { return }
        interest = wanted
        context.loop.modify(registration, wanted)
    }
}

// MARK: - Protocol

extension Connection {
    private func read(_ input: Span<UInt8>) {
        var offset = 0
        if case .handshake(var exchange) = phase {
            let outcome = exchange.read(input, from: &offset)
            phase = .handshake(exchange)
            switch outcome {
            case nil: return
            case .failure(let error)?: return end(error.loss)
            case .success(let agreement)?: opened(agreement)
            }
        }
        readMessages(input, from: &offset)
    }

    private func opened(_ agreement: HandshakeAgreement) {
        phaseDeadline = nil
        keepAlive = KeepAlive(patience, now: context.loop.now)
        schedule()
        phase = .open(Conversation(agreement, maxMessageBytes: options.maxMessageBytes))
        receive(.opened(agreement))
    }

    private func readMessages(_ input: Span<UInt8>, from offset: inout Int) {
        guard case .open(let conversation) = phase else { return }
        while case .open = phase {
            switch conversation.read(input, from: &offset) {
            case nil: return
            case .message(let incoming)?: receive(.received(incoming))
            case .ping(let payload)?: send(payload, as: .pong)
            case .closed(let loss, let action)?:
                self.loss = self.loss ?? loss
                perform(action)
            }
        }
    }

    func perform(_ action: ClosingHandshake.Action) {
        switch action {
        case .none: break
        case .sendCloseAndWait(let code):
            appendClose(code)
            expectWithin(options.closeTimeout)
        case .sendCloseAndShut(let code):
            appendClose(code)
            flush()
            end(loss ?? .closed(code: code?.rawValue, reason: ""))
        case .shut: end(loss ?? .closed(code: nil, reason: ""))
        }
    }

    private func appendClose(_ code: CloseCode?) {
        guard case .open(let conversation) = phase else { return }
        conversation.appendClose(code, to: &output)
    }
}
