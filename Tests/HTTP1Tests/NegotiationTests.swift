import Bytes
import HTTP1
import Testing

@Suite("RFC 9110 §8.3 Content-Type")
struct Section9110_08_ContentType {
    @Test(
        "media types",
        arguments: [
            ("application/json", "application/json []", nil),
            ("Text/HTML;Charset=\"UTF-8\"", "text/html [charset=UTF-8]", "utf-8"),
            ("text/html ; charset=utf-8 ;", "text/html [charset=utf-8]", "utf-8"),
            ("a/b;c=\"d;e\\\"f\";g=h", "a/b [c=d;e\"f, g=h]", nil),
            ("application/vnd.a+json", "application/vnd.a+json []", nil),
        ])
    func parsed(_ text: String, _ summary: String, _ charset: String?) throws {
        let type = try #require(MediaType(text))
        let parameters = type.parameters.map { "\($0.name)=\($0.value)" }
        #expect("\(type.essence) [\(parameters.joined(separator: ", "))]" == summary)
        #expect(type.charset == charset)
    }

    @Test(
        "what is none",
        arguments: [
            "", "json", "a/", "/b", "a/b/c", "a /b", "a/b;c", "a/b;c=", "a/b;=d", "a/b;c=\"d",
            "a/b;c=\"d\"e", "a/b;c=d e", "a/b;c=\"d\\",
        ])
    func refused(_ text: String) {
        #expect(MediaType(text) == nil)
    }

    @Test("Content-Type of a head")
    func contentType() {
        let fields: Fields = ["content-type": "text/csv; header=present"]
        #expect(fields.contentType?.subtype == "csv")
        #expect(fields.contentType?.parameter("header") == "present")
        #expect(Fields().contentType == nil)
    }
}

@Suite("RFC 9110 §12.5.1 Accept")
struct Section9110_12_Accept {
    private static let offered = ["application/json", "text/event-stream", "application/x-ndjson"]

    @Test(
        "what is chosen",
        arguments: [
            ("*/*", "application/json"),
            ("text/event-stream", "text/event-stream"),
            ("TEXT/Event-Stream", "text/event-stream"),
            ("text/*", "text/event-stream"),
            ("text/*;q=0.1, */*;q=0.2", "application/json"),
            ("application/json;q=0.5, application/x-ndjson", "application/x-ndjson"),
            ("application/*;q=0.9, text/event-stream;q=0.901", "text/event-stream"),
            ("*/*;q=0.1, application/json;q=0", "text/event-stream"),
            ("application/json;q=0, */*", "text/event-stream"),
            ("application/json;q=1.000", "application/json"),
            ("image/png", nil),
            ("*/*;q=0", nil),
            ("application/json;q=0.000", nil),
            ("application/json;q=2", "application/json"),
            ("text/event-stream;q=0.1234, application/x-ndjson;q=0.1", "application/x-ndjson"),
            ("rubbish, text/event-stream", "text/event-stream"),
            ("", "application/json"),
        ])
    func chosen(_ accept: String, _ type: String?) {
        let fields = Fields(dictionaryLiteral: ("Accept", accept))
        #expect(Accept(fields).choose(from: Section9110_12_Accept.offered) == type)
    }

    @Test("whoever does not say gets the server's favourite")
    func absent() {
        #expect(Accept([:]).choose(from: ["a/b", "c/d"]) == "a/b")
        #expect(Accept([:]).choose(from: []) == nil)
    }

    @Test("lines of one name are one list")
    func lines() {
        let accept = Accept(["Accept": "text/html;q=0.5", "Accept": "application/json"])
        #expect(accept.quality(of: "text/html") == 500)
        #expect(accept.quality(of: "application/json") == 1000)
        #expect(accept.quality(of: "text/plain") == 0)
    }
}

@Suite("RFC 9110 §8.8.3 and §13 Entity tags and preconditions")
struct Section9110_13_Preconditions {
    private static let strong = EntityTag("7")
    private static let weak = EntityTag("7", isWeak: true)

    @Test("§8.8.3.2 comparison")
    func comparison() {
        let (strong, weak) = (
            Section9110_13_Preconditions.strong, Section9110_13_Preconditions.weak
        )
        #expect(strong.text == "\"7\"" && weak.text == "W/\"7\"")
        #expect(strong.matchesStrongly(strong) && !weak.matchesStrongly(weak))
        #expect(!strong.matchesStrongly(weak) && !weak.matchesStrongly(strong))
        #expect(strong.matchesWeakly(weak) && weak.matchesWeakly(weak))
        #expect(!strong.matchesWeakly(EntityTag("8")))
    }

    @Test(
        "§13.1.1 If-Match",
        arguments: [
            ("\"7\"", strong, .proceed), ("\"6\", \"7\"", strong, .proceed),
            ("\"6\",,\"7\" ,", strong, .proceed), ("*", strong, .proceed), ("*", nil, .failed),
            ("\"7\"", nil, .failed), ("\"6\"", strong, .failed), ("W/\"7\"", strong, .failed),
            ("\"7\"", weak, .failed), ("7", strong, .failed), ("\"7", strong, .failed),
            ("\"6,7\"", strong, .failed), ("\"7\"\"8\"", strong, .failed), ("", strong, .failed),
            ("\"a\\\", \"7\"", strong, .proceed), ("w/\"7\"", strong, .failed),
        ] as [(String, EntityTag?, Preconditions.Verdict)])
    func ifMatch(_ value: String, _ current: EntityTag?, _ verdict: Preconditions.Verdict) {
        let fields = Fields(dictionaryLiteral: ("If-Match", value))
        #expect(Preconditions(fields).evaluate(current, method: .put) == verdict)
    }

    @Test(
        "§13.1.2 If-None-Match",
        arguments: [
            ("\"7\"", strong, .get, .notModified), ("W/\"7\"", strong, .head, .notModified),
            ("\"7\"", weak, .get, .notModified), ("*", strong, .get, .notModified),
            ("\"6\"", strong, .get, .proceed), ("\"7\"", nil, .get, .proceed),
            ("*", nil, .put, .proceed), ("*", strong, .put, .failed),
            ("\"7\"", strong, .put, .failed), ("7", strong, .get, .proceed),
        ] as [(String, EntityTag?, Method, Preconditions.Verdict)])
    func ifNoneMatch(
        _ value: String, _ current: EntityTag?, _ method: Method, _ verdict: Preconditions.Verdict
    ) {
        let fields = Fields(dictionaryLiteral: ("If-None-Match", value))
        #expect(Preconditions(fields).evaluate(current, method: method) == verdict)
    }

    @Test("§13.2.2 If-Match is looked at first")
    func order() {
        let fields: Fields = ["If-None-Match": "\"7\"", "If-Match": "\"6\""]
        let current = Section9110_13_Preconditions.strong
        #expect(Preconditions(fields).evaluate(current, method: .get) == .failed)
        #expect(Preconditions([:]).evaluate(current, method: .get) == .proceed)
        #expect(Preconditions([:]).isEmpty && !Preconditions(fields).isEmpty)
    }
}
