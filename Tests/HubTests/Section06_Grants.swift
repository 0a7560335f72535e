import HTTP1
import Log
import Testing

@testable import Hub

/// WIRE §6: what is not granted is refused, route by route.
@Suite("WIRE §6 Every route asks for its grant")
struct Section06_Grants {
    /// What a route is asked with, so that nothing but the grant is missing.
    private struct Ask {
        var query = ""
        var body = "{}"
        var fields: Fields = ["Content-Type": "application/json"]
    }

    private static let upgrade: Fields = ["Upgrade": "websocket"]
    private static let notify = Ask(body: #"{"type":"t","message":"a","recipients":["1"]}"#)

    private static let asks: [String: Ask] = [
        "POST /api/cascade/webhook": Ask(body: #"{"command":"restart"}"#),
        "POST /api/cascade/notify": notify,
        "POST /notify": notify,
        "POST /notifications": Ask(body: #"{"consumer":1,"tipo":"t","contenido":"c"}"#),
        "GET /notifications": Ask(query: "?consumer=1"),
        "POST /notifications/read": Ask(query: "?consumer=1"),
        "GET /notifications/unread": Ask(query: "?consumer=1"),
        "POST /publish": Ask(body: #"{"group":"g"}"#),
        "GET /stream": Ask(query: "?groups=g", fields: ["Accept": "text/event-stream"]),
        "GET /ws": Ask(query: "?groups=g", fields: upgrade),
        "GET /ws/notificaciones/{consumer}": Ask(fields: upgrade),
    ]

    /// What answers who has no grant, and why; `nil` for what answers nobody.
    private static let exceptions: [String: (known: UInt16, nobody: UInt16)] = [
        // Probes and pages, which tell nothing of what is in the hub.
        "GET /": (200, 200), "GET /campana.js": (200, 200), "GET /console/{file}": (404, 404),
        "GET /health": (200, 200), "GET /api/health": (200, 200), "GET /readyz": (200, 200),
        "GET /api/cascade/health": (200, 200),
        // Seed 000 has them, and the hub does not.
        "GET /api/cascade/dashboard": (404, 401), "GET /api/cascade/utensilios": (404, 401),
        "POST /api/cascade/reports": (404, 401),
        // What may not be sent is not listed, and its call not known.
        "GET /api/cascade/commands": (200, 401), "GET /api/cascade/webhook/{id}": (404, 401),
        // It asks for a signature, whoever else one is.
        "POST /hooks/{source}": (401, 401),
        // A ticket grants what its owner has: nothing.
        "POST /tickets": (201, 401),
    ]

    static let requests = Rules.routes.all.flatMap { route in
        route.operations.map { (route.path, $0.method) }
    }

    @Test("a key that grants nothing gets 403, and nobody gets 401", arguments: requests)
    func refused(_ path: String, _ method: Method) throws {
        let name = "\(method.rawValue) \(path)"
        let target = path.replacing(/\{[a-z]+\}/, with: "1")
        let ask = Self.asks[name] ?? Ask()
        let scene = try Self.scene()
        let before = scene.store.contents
        let expected = Self.exceptions[name] ?? (403, 401)
        let powerless = Principal(name: "key:a", grants: [])
        for (principal, status) in [(powerless, expected.known), (.nobody, expected.nobody)] {
            let response = try scene.send(
                method, target + ask.query, ask.fields, body: ask.body, as: principal)
            #expect(response.status.rawValue == status, "\(name): \(response.text)")
        }
        #expect(scene.store.contents == before)
    }

    @Test("no exception and no request is for a route that is gone")
    func names() {
        let names = Set(Self.requests.map { "\($0.1.rawValue) \($0.0)" })
        #expect(names.isSuperset(of: Self.asks.keys))
        #expect(names.isSuperset(of: Self.exceptions.keys))
    }

    /// A hub in which there is one of each.
    private static func scene() throws -> Scene {
        let scene = Scene()
        for (path, body) in [
            ("/notifications", #"{"consumer":1,"tipo":"t","contenido":"c"}"#),
            ("/tasks", #"{"title":"t"}"#), ("/api/external/articulos", #"{"nombre":"a"}"#),
        ] {
            #expect(try scene.send(.post, path, body: body).status == .created)
        }
        let command = try scene.send(.put, "/api/cascade/commands/restart", body: "{}")
        #expect(command.status == .created)
        return scene
    }
}
