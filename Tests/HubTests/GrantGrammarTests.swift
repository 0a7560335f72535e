import Log
import Testing

@testable import Hub

/// WIRE §6: `ACTION[,ACTION…]:GROUP-OR-PATTERN`.
@Suite("WIRE §6 Grants as they are written")
struct GrantGrammarTests {
    @Test(
        "what is taken, and what it stands for",
        arguments: [
            ("publish:a", ["publish:a"]), ("subscribe:stock:**", ["subscribe:stock:**"]),
            ("publish,subscribe:a:*", ["publish:a:*", "subscribe:a:*"]),
            ("subscribe,publish,subscribe:a", ["subscribe:a", "publish:a"]),
            ("all:**", ["publish:**", "subscribe:**", "write:**", "admin:**"]),
            ("write,all:a", ["write:a", "publish:a", "subscribe:a", "admin:a"]),
            ("admin:$sys:keys", ["admin:$sys:keys"]), ("admin:$sys:**", ["admin:$sys:**"]),
            ("write:a.b_c-D:9", ["write:a.b_c-D:9"]), ("subscribe:*", ["subscribe:*"]),
            ("subscribe:a:*:b", ["subscribe:a:*:b"]),
        ] as [(String, [String])])
    func taken(_ text: String, _ grants: [String]) throws {
        #expect(
            try Grant.parse(text).map { "\($0.action.rawValue):\($0.pattern.text)" } == grants)
    }

    @Test(
        "what is not, and why",
        arguments: [
            ("", .noPattern), ("publish", .noPattern), ("all", .noPattern),
            ("publish;a", .noPattern),
            (":a", .action("")), ("read:a", .action("read")), ("Publish:a", .action("Publish")),
            ("publish :a", .action("publish ")), ("publish, subscribe:a", .action(" subscribe")),
            ("publish,:a", .action("")), (",publish:a", .action("")), ("ALL:a", .action("ALL")),
            ("*:a", .action("*")), ("all,read:a", .action("read")),
        ] as [(String, GrantFault)])
    func refused(_ text: String, _ fault: GrantFault) {
        #expect(throws: fault) { try Grant.parse(text) }
    }

    @Test(
        "what stands behind the colon is a group or a pattern, whole",
        arguments: [
            "publish:", "publish::a", "publish:a:", "publish:a b", "publish:a::b", "publish:ñ",
            "publish:a*", "publish:**:a", "publish:***", "publish:a,b", "publish:a\n",
            "publish:a\0", "publish: a", "publish:a ",
        ])
    func pattern(_ text: String) {
        do {
            _ = try Grant.parse(text)
            Issue.record("\(text) was taken")
        } catch {
            if case .pattern = error {} else { Issue.record("\(error)") }
            #expect(!error.message.isEmpty)
        }
    }

    @Test("256 grants, one for each action and pattern, and no more")
    func bound() throws {
        let most = (0..<Grant.maxCount).map { "publish:g\($0)" }
        #expect(try Grant.parse(most).count == 256)
        #expect(throws: GrantFault.tooMany) { try Grant.parse(most + ["publish:one"]) }
        #expect(try Grant.parse(Array(repeating: "all:a", count: 64)).count == 256)
        #expect(throws: GrantFault.tooMany) {
            try Grant.parse(Array(repeating: "all:a", count: 65))
        }
        #expect(try Grant.parse([]).isEmpty)
    }

    @Test("a long name is cut in what is told of it")
    func message() {
        #expect(GrantFault.action(String(repeating: "x", count: 1000)).message.utf8.count < 120)
    }
}
