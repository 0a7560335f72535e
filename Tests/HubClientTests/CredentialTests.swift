import Glibc
import HTTP1
import Testing

@testable import HubClient

@Suite("The companion's key")
struct CredentialTests {
    @Test(
        "the first line is the key, white space around it is not",
        arguments: [
            ("sk_0198_abc", "sk_0198_abc"), ("sk_a\n", "sk_a"),
            ("  sk_a \r\n# of the ERP\n", "sk_a"),
            ("eyJh.eyJz.c2ln-_", "eyJh.eyJz.c2ln-_"), ("dG9rZW4=", "dG9rZW4="),
            (String(repeating: "a", count: 8192), String(repeating: "a", count: 8192)),
        ])
    func reads(_ content: String, _ key: String) throws {
        #expect(try BearerToken(firstLineOf: Array(content.utf8)).text == key)
    }

    @Test(
        "what is no key says so, and not what it is",
        arguments: [
            ("", .empty), ("\nsk_a", .empty), (" \t\n", .empty), ("Bearer sk_a", .notOneWord),
            ("\"sk_a\"", .notOneWord), ("KEY=sk_a", .notOneWord), ("=", .notOneWord),
            ("sk_ñ", .notOneWord), ("sk_a\0", .notOneWord), ("sk_a\rHost: x", .notOneWord),
            ("-----BEGIN PRIVATE KEY-----", .notOneWord),
            (String(repeating: "a", count: 8193), .tooLong),
        ] as [(String, BearerToken.Fault)])
    func refuses(_ content: String, _ fault: BearerToken.Fault) {
        #expect(throws: fault) { try BearerToken(firstLineOf: Array(content.utf8)) }
        #expect(!"\(fault)".contains("sk_a"))
    }

    @Test("no description shows it")
    func hides() throws {
        let token = try BearerToken(firstLineOf: Array("sk_secret".utf8))
        let credential = Credential(token, from: .file("/k"), for: try HubAddress("https://hub"))
        var dumped = ""
        dump(credential, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped, credential.name] {
            #expect(!text.contains("secret"))
        }
    }

    @Test(
        "it is shown to the hub, whatever the path, and to no other server",
        arguments: [
            ("https://hub:8443", true), ("https://hub:8443/below", true),
            ("wss://hub:8443/x", true),
            ("http://hub:8443", false), ("ws://hub:8443", false), ("https://hub", false),
            ("https://erp:8443", false), ("https://hub.evil.test:8443", false),
            ("unix:/run/hub.sock", false),
        ])
    func origin(_ url: String, _ isShown: Bool) throws {
        let token = try BearerToken(firstLineOf: Array("sk_a".utf8))
        let hub = try HubAddress("https://hub:8443")
        let credential = Credential(token, from: .variable, for: hub)
        let fields = credential.fields(for: try HubAddress(url))
        #expect(fields.first("authorization") == (isShown ? "Bearer sk_a" : nil))
    }

    @Test(
        "where a network could read it",
        arguments: [
            ("http://127.0.0.1:8001", true), ("http://127.8.9.10", true), ("http://[::1]:1", true),
            ("ws://LOCALHOST:8765", true), ("http://a.localhost", true), ("unix:/run/x", true),
            ("https://hub.example", true), ("wss://10.0.0.1", true),
            ("http://10.0.0.1", false), ("http://hub", false), ("ws://hub.example", false),
            ("http://127.0.0.1.evil.test", false), ("http://127.evil.test", false),
            ("http://localhost.evil.test", false), ("http://notlocalhost", false),
            ("http://[::2]", false), ("http://0.0.0.0", false), ("http://2130706433", false),
        ])
    func privacy(_ url: String, _ isPrivate: Bool) throws {
        #expect(try HubAddress(url).isPrivate == isPrivate)
    }
}

@Suite("The file of a key")
final class KeyFileTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/campana-key-XXXXXX".utf8CString)
        let path = unsafe mkdtemp(&template)
        directory = unsafe String(cString: try #require(unsafe path))
    }

    deinit {
        for name in ["key", "pipe"] { unsafe unlink("\(directory)/\(name)") }
        unsafe rmdir(directory)
    }

    private func write(_ text: String, mode: mode_t = 0o600) throws -> String {
        let path = "\(directory)/key"
        try Files.replace(path, with: Array(text.utf8))
        unsafe chmod(path, mode)
        return path
    }

    private func credential(_ path: String) throws -> Credential {
        Credential(
            try KeyFile.token(at: path), from: .file(path), for: try HubAddress("https://hub"))
    }

    @Test(
        "others must not be able to read it", arguments: [0o640, 0o604, 0o644, 0o660] as [mode_t])
    func open(_ mode: mode_t) throws {
        let path = try write("sk_a", mode: mode)
        let fault = #expect(throws: KeyFileFault.isOpenToOthers) { try KeyFile.token(at: path) }
        #expect(fault?.describe(path).contains("chmod 600 \(path)") == true)
    }

    @Test("its owner may read it only", arguments: [0o600, 0o400] as [mode_t])
    func own(_ mode: mode_t) throws {
        #expect(try KeyFile.token(at: try write("sk_a\n", mode: mode)).text == "sk_a")
    }

    @Test("one that is not there, or too long, is named with the reason")
    func missing() throws {
        let fault = #expect(throws: KeyFileFault.self) {
            try KeyFile.token(at: "\(directory)/none")
        }
        #expect(fault?.describe("K") == "cannot read \"K\": No such file or directory")
        let path = try write(String(repeating: "\n", count: 65_537))
        #expect(throws: KeyFileFault.self) { try KeyFile.token(at: path) }
    }

    @Test("read again, it is another, the same, or cannot be had, and the last good one stays")
    func again() throws {
        let path = try write("sk_a")
        let credential = try credential(path)
        #expect(credential.readAgain() == .same)
        _ = try write("sk_b")
        #expect(credential.readAgain() == .another && credential.token.text == "sk_b")
        _ = try write("sk_c", mode: 0o644)
        guard case .unreadable(let reason) = credential.readAgain() else {
            Issue.record("it was read")
            return
        }
        #expect(reason.contains("chmod 600") && !reason.contains("sk_c"))
        _ = try write("half a\nkey")
        guard case .unreadable = credential.readAgain() else {
            Issue.record("it was read")
            return
        }
        unsafe unlink(path)
        guard case .unreadable = credential.readAgain() else {
            Issue.record("it was read")
            return
        }
        #expect(credential.token.text == "sk_b")
    }

    @Test("a variable and a pipe have nothing new")
    func fixed() throws {
        let token = try BearerToken(firstLineOf: Array("sk_a".utf8))
        let hub = try HubAddress("https://hub")
        let pipe = "\(directory)/pipe"
        unsafe mkfifo(pipe, 0o600)
        for source in [.variable, .standardInput, .file(pipe)] as [Credential.Source] {
            #expect(Credential(token, from: source, for: hub).readAgain() == .fixed)
        }
    }
}
