import Testing
import Time
import WebSocket

@Suite("RFC 6455 §7 Closing the Connection")
struct Section07_Closing {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var role: Role
        var steps: [Step]

        struct Step: Sendable {
            var event: ClosingHandshake.Event
            var action: ClosingHandshake.Action
        }

        init(
            _ name: String, _ role: Role,
            _ steps: (ClosingHandshake.Event, ClosingHandshake.Action)...
        ) {
            testDescription = name
            self.role = role
            self.steps = steps.map { Step(event: $0, action: $1) }
        }
    }

    @Test(
        "each step in its turn",
        arguments: [
            Case(
                "§5.5.1 a server answers, and shuts first", .server,
                (.closeReceived(.normal), .sendCloseAndShut(.normal)), (.endOfStream, .none)),
            Case(
                "§5.5.1 a Close without a code is answered without one", .server,
                (.closeReceived(nil), .sendCloseAndShut(nil))),
            Case(
                "§7.1.1 a client answers, and waits for the server to shut", .client,
                (.closeReceived(.goingAway), .sendCloseAndWait(.goingAway)), (.endOfStream, .shut)),
            Case(
                "§7.1.1 but not for ever", .client,
                (.closeReceived(.goingAway), .sendCloseAndWait(.goingAway)),
                (.deadlinePassed, .shut), (.deadlinePassed, .none)),
            Case(
                "§7.1.2 a server that closes shuts once the Close is answered", .server,
                (.closeRequested(.goingAway), .sendCloseAndWait(.goingAway)),
                (.closeReceived(.goingAway), .shut), (.endOfStream, .none)),
            Case(
                "§7.1.2 a client that closes waits for the answer and then for the end", .client,
                (.closeRequested(.normal), .sendCloseAndWait(.normal)),
                (.closeReceived(.normal), .none), (.endOfStream, .shut)),
            Case(
                "§7.1.2 Closes that cross", .client,
                (.closeRequested(.normal), .sendCloseAndWait(.normal)),
                (.closeReceived(.goingAway), .none), (.deadlinePassed, .shut)),
            Case(
                "an answer that does not come", .server,
                (.closeRequested(.normal), .sendCloseAndWait(.normal)), (.deadlinePassed, .shut)),
            Case(
                "§5.5.1 no second Close is sent", .server,
                (.closeRequested(.normal), .sendCloseAndWait(.normal)),
                (.closeRequested(.goingAway), .none)),
            Case(
                "§7.1.7 a violation fails a server's connection", .server,
                (.violation(.invalidUTF8), .sendCloseAndShut(.invalidPayload)),
                (.violation(.reservedBitSet), .none)),
            Case(
                "§7.1.7 and a client's", .client,
                (.violation(.messageTooBig), .sendCloseAndWait(.messageTooBig)),
                (.closeReceived(.normal), .none), (.violation(.wrongMasking), .none),
                (.closeRequested(.normal), .none), (.endOfStream, .shut)),
            Case(
                "§7.1.7 a violation instead of an answer", .server,
                (.closeRequested(.normal), .sendCloseAndWait(.normal)),
                (.violation(.reservedBitSet), .shut)),
            Case(
                "§7.1.5 the end without a Close", .server, (.endOfStream, .shut),
                (.closeRequested(.normal), .none)),
            Case("a deadline that nothing asked for", .client, (.deadlinePassed, .none)),
        ])
    func steps(_ row: Case) {
        var closing = ClosingHandshake(role: row.role)
        #expect(closing.isOpen)
        for step in row.steps {
            let action = closing.handle(step.event)
            #expect(action == step.action, "after \(step.event)")
            #expect(closing.isOpen == (step.event == .deadlinePassed && row.steps.count == 1))
        }
    }

    @Test("§7.4.1 codes that no frame may carry", arguments: [0, 999, 1004, 1005, 1006, 1015])
    func reserved(_ code: UInt16) {
        #expect(!CloseCode(rawValue: code).isSendable)
    }

    @Test("§7.4.2 ranges", arguments: [1016, 2999, 5000, 65_535])
    func outOfRange(_ code: UInt16) {
        #expect(!CloseCode(rawValue: code).isSendable)
    }

    @Test("§7.4 codes that may", arguments: [1000, 1003, 1007, 1011, 1012, 1014, 3000, 4999])
    func sendable(_ code: UInt16) {
        #expect(CloseCode(rawValue: code).isSendable)
    }

    @Test(
        "§7.4.1 every violation has a code that may be sent, and a reason that fits",
        arguments: [
            (.wrongMasking, 1002), (.reservedBitSet, 1002), (.reservedOpcode(3), 1002),
            (.lengthNotMinimal, 1002), (.lengthTooLarge, 1002), (.controlFrameTooLong, 1002),
            (.controlFrameFragmented, 1002), (.unexpectedDataFrame, 1002),
            (.closePayloadTooShort, 1002), (.closeCodeNotSendable(.init(rawValue: 65_535)), 1002),
            (.invalidUTF8, 1007), (.invalidDeflate, 1007), (.messageTooBig, 1009),
        ] as [(ProtocolViolation, UInt16)])
    func violations(_ violation: ProtocolViolation, _ code: UInt16) {
        #expect(violation.closeCode == CloseCode(rawValue: code))
        #expect(violation.closeCode.isSendable)
        #expect((1...123).contains(violation.reason.utf8.count))
    }
}

@Suite("RFC 6455 §5.5.2 and §5.5.3 Keeping alive")
struct Section05_5_KeepAlive {
    private let start = Instant(nanoseconds: 0)
    private let patience = KeepAlive.Patience(interval: .seconds(25), timeout: .seconds(10))

    private func actions(_ events: [(Int, KeepAlive.Event)]) -> [KeepAlive.Action] {
        var keepAlive = KeepAlive(patience, now: start)
        return events.map { keepAlive.handle($1, now: start.advanced(by: .seconds($0)), patience) }
    }

    @Test("a quiet peer is pinged once, then given up")
    func quiet() {
        let events = [24, 25, 34, 35].map { ($0, KeepAlive.Event.timePassed) }
        #expect(actions(events) == [.none, .sendPing, .none, .giveUp])
    }

    @Test("a peer that answers is pinged again after the interval")
    func answering() {
        let events: [(Int, KeepAlive.Event)] = [
            (25, .timePassed), (30, .received), (35, .timePassed), (54, .timePassed),
            (55, .timePassed),
        ]
        #expect(actions(events) == [.sendPing, .none, .none, .none, .sendPing])
    }

    @Test("a busy peer is never pinged")
    func busy() {
        var events: [(Int, KeepAlive.Event)] = []
        for second in stride(from: 20, to: 400, by: 20) {
            events += [(second, .received), (second + 19, .timePassed)]
        }
        #expect(actions(events).allSatisfy { $0 == .none })
    }

    @Test("the deadline is where something is to be done")
    func deadline() {
        var keepAlive = KeepAlive(patience, now: start)
        #expect(keepAlive.deadline == start.advanced(by: .seconds(25)))
        _ = keepAlive.handle(.received, now: start.advanced(by: .seconds(5)), patience)
        #expect(keepAlive.deadline == start.advanced(by: .seconds(30)))
        _ = keepAlive.handle(.timePassed, now: start.advanced(by: .seconds(31)), patience)
        #expect(keepAlive.deadline == start.advanced(by: .seconds(41)))
    }
}
