// Runs the Autobahn cases against our client: it echoes what the fuzzing server sends.
//
//     conformance-client ws://127.0.0.1:9001 [AGENT]
//
// Ends with 0 once the server has written its report.

import HubClient
import Reactor
import WebSocket

/// Goes through the cases, one connection each.
final class CaseRunner {
    private let base: String
    private let agent: String
    private let context: ClientContext
    private var caseCount = 0
    private var next = 1
    private var connection: Connection?
    private(set) var fault: String?

    init(base: String, agent: String, context: ClientContext) {
        self.base = base
        self.agent = agent
        self.context = context
    }

    func start() {
        connect("/getCaseCount") { [self] incoming in
            if case .text(let text) = incoming {
                caseCount = Int(String(decoding: text, as: UTF8.self)) ?? 0
            }
        } ended: { [self] in
            runNext()
        }
    }

    private func runNext() {
        guard next <= caseCount else {
            return connect("/updateReports?agent=\(agent)") { _ in
            } ended: { [self] in
                context.loop.stop()
            }
        }
        let number = next
        next += 1
        connect("/runCase?case=\(number)&agent=\(agent)") { [self] incoming in
            echo(incoming)
        } ended: { [self] in
            runNext()
        }
    }

    private func echo(_ incoming: Incoming) {
        switch incoming {
        case .text(let text): connection?.send(text, as: .text)
        case .binary(let octets): connection?.send(octets, as: .binary)
        case .ping, .pong, .close: break
        }
    }

    private func connect(
        _ target: String, received: @escaping (Incoming) -> Void, ended: @escaping () -> Void
    ) {
        var options = Connection.Options()
        // Case group 9 sends 16 MiB at once.
        options.maxMessageBytes = 64 << 20
        // Cases 13.2, 13.5 and 13.6 accept no other offer.
        options.deflate = DeflateParameters(client: .init(noContextTakeover: true))
        options.subprotocols = []
        options.pingInterval = .seconds(3600)  // a ping of ours is an answer too many
        options.closeTimeout = .seconds(5)
        do throws(AddressError) {
            connection = Connection(
                to: try HubAddress(base + target), context, options: options
            ) { [self] event in
                switch event {
                case .opened: break
                case .received(let incoming): received(incoming)
                case .ended(.unreachable(let text)):
                    fault = text
                    context.loop.stop()
                case .ended: ended()
                }
            }
        } catch {
            fault = error.description
            context.loop.stop()
        }
    }
}

guard CommandLine.arguments.count > 1 else {
    try Files.write(Array("usage: conformance-client ws://HOST:PORT [AGENT]\n".utf8), to: 2)
    Files.exit(2)
}
let agent = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "campana"
Process.ignoreBrokenPipes()
let context = ClientContext(loop: try EventLoop())
let runner = CaseRunner(base: CommandLine.arguments[1], agent: agent, context: context)
runner.start()
context.loop.run()
if let fault = runner.fault {
    try Files.write(Array("conformance-client: \(fault)\n".utf8), to: 2)
    Files.exit(1)
}
