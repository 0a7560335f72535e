import HTTP1
import Testing

@testable import Hub

/// A request, and what it is answered with.
struct RouteCase: Sendable, CustomTestStringConvertible {
    var method: Method
    var target: String
    var status: UInt16

    init(_ method: Method, _ target: String, _ status: UInt16) {
        self.method = method
        self.target = target
        self.status = status
    }

    var testDescription: String { "\(method.rawValue) \(target) → \(status)" }
}

@Suite("WIRE §5 HTTP: routes")
struct Section05_Routes {
    @Test(
        "WIRE §5 a path with and without its final slash is the same route",
        arguments: [
            ("/tasks", "/tasks/"), ("/tasks", "//tasks//"), ("/health", "/health/"),
            ("/health", "/api/cascade/health/"), ("/api/cascade/health", "/api/cascade/health/"),
            ("/status", "/api/cascade/status/"), ("/readyz", "/readyz/"),
            ("/metrics", "/metrics/"), ("/", ""),
        ])
    func trailingSlash(_ one: String, _ other: String) throws {
        let scene = Scene()
        let first = try scene.send(.get, one)
        #expect(first.status == .ok)
        guard !other.isEmpty else { return }
        let second = try scene.send(.get, other)
        #expect(second.text == first.text)
        #expect(second.fields == first.fields)
    }

    @Test(
        "RFC 9110 §15.5.5 what no route leads to is 404",
        arguments: [
            "/nothing", "/tasks/1/2", "/task", "/Tasks", "/publish/a/b", "/stream/x", "/ws/x",
            "/api", "/api/cascade", "/metrics/x", "/%7Btasks%7D",
        ])
    func notFound(_ target: String) throws {
        for method in [Method.get, .post, .options] {
            let response = try Scene().send(method, target)
            #expect(response.status == .notFound)
            #expect(try response.code() == "not_found")
        }
    }

    @Test(
        "RFC 9110 §15.5.6 a method that the route does not take is 405, with Allow",
        arguments: [
            ("/tasks", Method.delete, "GET, POST, HEAD, OPTIONS"),
            ("/tasks/", .put, "GET, POST, HEAD, OPTIONS"),
            ("/tasks/1", .post, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
            ("/publish", .get, "POST, OPTIONS"),
            ("/publish", .head, "POST, OPTIONS"),
            ("/publish/a", .put, "POST, OPTIONS"),
            ("/stream", .post, "GET, HEAD, OPTIONS"),
            ("/ws", .post, "GET, HEAD, OPTIONS"),
            ("/", .post, "GET, HEAD, OPTIONS"),
            ("/health", .delete, "GET, HEAD, OPTIONS"),
            ("/metrics", .put, "GET, HEAD, OPTIONS"),
        ])
    func methodNotAllowed(_ target: String, _ method: Method, _ allow: String) throws {
        let response = try Scene().send(method, target)
        #expect(response.status == .methodNotAllowed)
        #expect(try response.code() == "method_not_allowed")
        #expect(response.fields["Allow"] == allow)
    }

    @Test(
        "RFC 9110 §9.3.7 OPTIONS tells what a route takes; of * nothing in particular",
        arguments: [
            ("/tasks", "GET, POST, HEAD, OPTIONS"),
            ("/tasks/none", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
            ("/publish/$sys", "POST, OPTIONS"), ("*", nil),
        ])
    func options(_ target: String, _ allow: String?) throws {
        let response = try Scene().send(.options, target)
        #expect(response.status == .noContent)
        #expect(response.fields["Allow"] == allow)
    }

    @Test(
        "RFC 9110 §9.3.2 HEAD is answered as GET; the content is left out when it is written",
        arguments: [
            "/", "/tasks", "/tasks/none", "/health", "/readyz", "/status", "/metrics", "/ws",
        ])
    func head(_ target: String) throws {
        let scene = Scene()
        let (get, head) = (try scene.send(.get, target), try scene.send(.head, target))
        #expect(head.status == get.status)
        #expect(head.fields == get.fields)
        #expect(head.text == get.text)
    }

    @Test(
        "RFC 9110 §15.5.22 a WebSocket's path without the handshake is 426, with the version",
        arguments: ["/ws", "/ws/", "/ws?groups=a", "/echo"])
    func upgradeRequired(_ target: String) throws {
        let response = try Scene().send(.get, target)
        #expect(response.status == .upgradeRequired)
        #expect(response.fields["Upgrade"] == "websocket")
        #expect(response.fields["Sec-WebSocket-Version"] == "13")
        #expect(try response.code() == "upgrade_required")
    }

    @Test(
        "WIRE §4 a WebSocket is subscribed to what its query names",
        arguments: [
            ("/", ["tasks"]), ("/?groups=a,b", ["a", "b"]), ("/ws", nil), ("/ws/", nil),
            ("/ws?groups=stock:*", ["stock:*"]), ("/stream?groups=a,a,b", ["a", "b"]),
            ("/stream", nil),
        ])
    func webSocket(_ target: String, _ groups: [String]?) throws {
        let reaction = try Scene().react(.get, target, ["Upgrade": "WebSocket"])
        guard case .openWebSocket(.consumer(let subscribe)) = reaction else {
            Issue.record("no WebSocket: \(reaction)")
            return
        }
        #expect(subscribe?.patterns.map(\.text) == groups)
        #expect(subscribe.map(\.since) == (groups == nil ? nil : .now))
    }

    @Test("the path for conformance tests sends everything back; without the option it is 404")
    func echo() throws {
        let reaction = try Scene().react(.get, "/echo", ["Upgrade": "websocket"])
        guard case .openWebSocket(.echo) = reaction else {
            Issue.record("no echo: \(reaction)")
            return
        }
        #expect(try Scene(echoPath: nil).send(.get, "/echo").status == .notFound)
    }
}
