import Audit
import Testing

@Suite("What is audited")
struct ScopeTests {
    struct Row: Sendable {
        var method: String
        var path: String
        var status: Int
        var isAudited: Bool
        var isAuditedWithReads: Bool

        init(_ method: String, _ path: String, _ status: Int, _ one: Bool, _ other: Bool) {
            self.method = method
            self.path = path
            self.status = status
            isAudited = one
            isAuditedWithReads = other
        }
    }

    static let rows = [
        Row("POST", "/tasks", 201, true, true),
        Row("PUT", "/tasks/1", 412, true, true),
        Row("PATCH", "/tasks/1", 200, true, true),
        Row("DELETE", "/tasks/1", 204, true, true),
        Row("POST", "/no/such/route", 404, true, true),
        Row("GET", "/tasks", 200, false, true),
        Row("HEAD", "/tasks", 200, false, true),
        Row("GET", "/tasks/1", 404, false, true),
        Row("GET", "/tasks", 401, true, true),
        Row("GET", "/tasks", 403, true, true),
        Row("GET", "/tasks", 429, true, true),
        Row("OPTIONS", "/tasks", 204, false, false),
        Row("OPTIONS", "/tasks", 403, true, true),
        Row("GET", "/keys", 200, true, true),
        Row("GET", "/webhooks/1/deliveries", 200, true, true),
        Row("GET", "/connections", 200, true, true),
        Row("GET", "/metrics", 200, false, false),
        Row("GET", "/metrics", 401, true, true),
        Row("GET", "/health", 200, false, false),
        Row("GET", "/api/cascade/health/", 200, false, false),
        Row("GET", "/", 200, false, false),
    ]

    @Test("writes, refusals and what steers the hub; reads where that is wanted", arguments: rows)
    func table(_ row: Row) {
        for reads in [false, true] {
            let isAudited = Scope(reads: reads).covers(
                method: row.method, path: row.path, status: row.status)
            #expect(isAudited == (reads ? row.isAuditedWithReads : row.isAudited))
        }
    }

    @Test(
        "what looks like a secret is cut off in a path",
        arguments: [
            ("/tasks/1", "/tasks/1"),
            ("/keys/sk_0123456789abcdef_AAAABBBB", "/keys/sk_0123456789abcdef…"),
            ("/keys/sk_0123456789abcdef", "/keys/sk_0123456789abcdef"),
            ("/keys/sk_0123", "/keys/sk_0123"),
            ("/x/tk_abc/y/", "/x/tk_…/y/"),
            ("/x/whsec_abc", "/x/whsec_…"),
            ("/x/eyJhbGciOi.eyJ.abc", "/x/eyJ…"),
        ])
    func paths(_ path: String, _ shown: String) {
        #expect(path.auditedPath == shown)
    }

    @Test("a path has a bound")
    func longPath() {
        let path = "/" + String(repeating: "a", count: 5000)
        #expect(path.auditedPath.utf8.count == 1024 + "…".utf8.count)
        let accents = "/a" + String(repeating: "\u{301}", count: 5000)
        #expect(accents.count == 2)
        #expect(accents.auditedPath.utf8.count == 1024 + "…".utf8.count)
    }
}
