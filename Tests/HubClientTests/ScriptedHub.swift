import Crypto
import HTTP1
import HubClient
import JSON
import Log
import Reactor
import Testing
import Transport
import WebSocket

/// A hub over real sockets that does what a test says: it keeps a log, replays it from a cursor,
/// and cuts connections where it was told to.
final class ScriptedHub {
    let loop: EventLoop
    let address: HubAddress
    /// All that was published, position by position.
    private(set) var log: [String] = []
    /// What each connection's first subscription asked for.
    var subscriptions: [String] = []
    /// After how many messages the next connections are cut; the last one of the list stays.
    var cuts: [Int] = []
    /// What to answer instead of 101, once each.
    var refusals: [String] = []
    /// Sent before a connection is cut.
    var farewell: String?
    /// What HTTP requests were, and what each is answered.
    var requests: [(head: RequestHead, body: [UInt8])] = []
    var answers: [String] = []
    /// Whether WebSocket pings and ping messages are answered.
    var answersPings = true
    private var listener: Listener?
    fileprivate(set) var peers: [Peer] = []

    init(_ loop: EventLoop) throws {
        self.loop = loop
        let any = try #require(ListenAddress("127.0.0.1:0"))
        let sockets = try ListeningSocket.open(any, loops: 1)[0]
        let socket = try #require(sockets.first)
        address = try HubAddress("http://\(socket.address)")
        listener = try Listener(socket, on: loop) { [unowned self] socket, _ in
            peers.append(Peer(socket, self))
        }
    }

    /// Puts an event into the log, and sends it to whoever is live.
    func publish(_ text: String) {
        log.append(text)
        for peer in peers where peer.isLive { peer.replay() }
    }

    func publish(count: Int, group: String = "tasks") {
        for _ in 0..<count {
            let place = UInt64(log.count + 1)
            publish(eventText(place, seq: place, group: group))
        }
    }

    /// Stops listening, and cuts all connections.
    func close() {
        listener?.stop()
        for peer in peers { peer.cut() }
        peers = []
    }
}

/// One connection of a ``ScriptedHub``.
final class Peer: EventHandler {
    private unowned let hub: ScriptedHub
    private var socket: Socket?
    private var registration: Registration?
    private var parser = RequestParser()
    private var head: RequestHead?
    private var body: [UInt8] = []
    private var reader: MessageReader?
    private var position = 0
    private var messagesLeft: Int?
    private(set) var isLive = false

    init(_ socket: consuming Socket, _ hub: ScriptedHub) {
        self.hub = hub
        let number = socket.rawValue
        self.socket = consume socket
        do {
            registration = try hub.loop.register(number, .readable, self)
        } catch {
            Issue.record(error)
        }
    }

    func ready(_ readiness: Readiness) {
        switch socket?.receive(into: hub.loop.readBuffer) {
        case .bytes(let count)?:
            do {
                try hub.loop.readBuffer.withBytes(count) { try read($0) }
            } catch {
                Issue.record(error)
            }
        case .end?, .failed?: cut()
        case .wouldBlock?, nil: break
        }
    }

    func cut() {
        if let registration { hub.loop.deregister(registration) }
        registration = nil
        socket = nil
        isLive = false
    }

    private func read(_ input: Span<UInt8>) throws {
        var offset = 0
        while reader == nil, let part = try parser.next(input, from: &offset) {
            switch part {
            case .head(let head): self.head = head
            case .body(let range): for index in range { body.append(input[index]) }
            case .end: try answer()
            }
        }
        while let incoming = try reader?.next(input, from: &offset) { take(incoming) }
    }

    private func answer() throws {
        guard let head else { return }
        guard head.fields.contains("upgrade") else {
            hub.requests.append((head, body))
            send(Array(hub.answers.removeFirst().utf8))
            return cut()
        }
        guard hub.refusals.isEmpty else {
            send(Array(hub.refusals.removeFirst().utf8))
            return cut()
        }
        switch ServerHandshake.evaluate(
            head, subprotocols: ["campana.v1"], deflate: nil, sha1: SHA1.hash)
        {
        case .failure(let refusal): throw refusal
        case .success(let accepted):
            var octets = Array("HTTP/1.1 101 Switching Protocols\r\n".utf8)
            for (name, value) in accepted.response.fields {
                octets += Array("\(name): \(value)\r\n".utf8)
            }
            messagesLeft = hub.cuts.isEmpty ? nil : hub.cuts.removeFirst()
            send(octets + Array("\r\n".utf8))
            reader = MessageReader(
                role: .server, limits: .init(maxFrameBytes: 65_536, maxMessageBytes: 65_536))
            say(
                #"{"type":"welcome","clients":1,"cursor":"k3f9aa-\#(hub.log.count)","version":"0"}"#
            )
        }
    }

    private func take(_ incoming: Incoming) {
        switch incoming {
        case .text(let text) where text.text.contains(#""subscribe""#): subscribe(text.text)
        case .text where hub.answersPings: say(#"{"type":"pong","ref":1}"#)
        case .ping(let payload) where hub.answersPings: send(frame(.pong, payload))
        case .close(let code, _):
            var octets: [UInt8] = []
            FrameWriter.appendClose(code, to: &octets)
            send(octets)
            cut()
        case .text, .binary, .ping, .pong: break
        }
    }

    private func subscribe(_ text: String) {
        let since = text.split(separator: #""since":""#)[1].prefix { $0 != "\"" }
        let ref = text.split(separator: #""ref":"#)[1].prefix { $0 != "}" }
        hub.subscriptions.append(String(since))
        let place = Cursor(String(since))?.position
        position = since == "now" ? hub.log.count : Int(place ?? 0)
        say(
            #"{"type":"subscribed","groups":["tasks"],"resume":"\#(since == "now" ? "live" : "complete")","#
                + #""cursor":"k3f9aa-\#(position)","ref":\#(ref)}"#)
        isLive = true
        replay()
        if since != "now" { say(#"{"type":"caught_up","cursor":"k3f9aa-\#(position)"}"#) }
    }

    func replay() {
        while isLive, position < hub.log.count {
            let text = hub.log[position]
            position += 1
            guard say(text) else { return }
        }
    }

    /// Sends a message, unless the script cuts the connection before it.
    @discardableResult
    private func say(_ text: String) -> Bool {
        if messagesLeft == 0 {
            if let farewell = hub.farewell { send(frame(.text, Array(farewell.utf8))) }
            cut()
            return false
        }
        if let left = messagesLeft { messagesLeft = left - 1 }
        send(frame(.text, Array(text.utf8)))
        return true
    }

    private func frame(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = []
        FrameWriter.append(opcode, payload, to: &octets)
        return octets
    }

    /// Small messages to a client of this loop: the kernel's buffer holds them.
    private func send(_ octets: [UInt8]) {
        guard !octets.isEmpty else { return }
        switch socket?.send(octets) {
        case .bytes(let count)?: #expect(count == octets.count)
        case .wouldBlock?: Issue.record("the script wrote more than a socket holds")
        case .failed?, nil: break
        }
    }
}
