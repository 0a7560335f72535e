import HTTP1

/// A path, and what each of its methods does.
struct Route: Sendable {
    typealias Handler = @Sendable (Rules, Request, [String]) throws(Problem) -> Reaction

    /// What one method does.
    struct Operation: Sendable {
        let method: Method
        let handler: Handler
    }

    /// Who gets past the door; what they may behind it is the handler's to say.
    enum Door: Sendable {
        /// Whoever has said who they are.
        case known
        /// Everybody.
        case open
        /// Everybody where the operator has said so.
        case metrics
        /// Whoever signs: the handler holds the request to its signature.
        case signed
    }

    /// Segments in braces match any segment, and are handed to the handler in their order.
    let path: String
    let door: Door
    let operations: [Operation]
    private let segments: [Segment]

    private enum Segment {
        case literal(String)
        case parameter
    }

    init(_ path: String, door: Door = .known, _ operations: Operation...) {
        self.path = path
        self.door = door
        self.operations = operations
        segments = path.split(separator: "/").map {
            $0.hasPrefix("{") ? .parameter : .literal(String($0))
        }
    }

    /// Whether those get in who show no credentials.
    func isOpen(areMetricsOpen: Bool) -> Bool {
        switch door {
        case .known: false
        case .open, .signed: true
        case .metrics: areMetricsOpen
        }
    }

    /// Whether it has no braces.
    var isLiteral: Bool {
        segments.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    /// The first segment, by which routes are looked up.
    var root: String {
        if case .literal(let name) = segments.first { name } else { "" }
    }

    /// What stands in the place of the braces; `nil` where the path is another.
    func parameters(in path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String] = []
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let name): guard name == text else { return nil }
            case .parameter: parameters.append(text)
            }
        }
        return parameters
    }

    /// The value of `Allow` (RFC 9110 §10.2.1).
    var allow: String {
        var methods = operations.map(\.method.rawValue)
        if methods.contains("GET") { methods.append("HEAD") }
        return (methods + ["OPTIONS"]).joined(separator: ", ")
    }

    /// The handler of a method; HEAD is a GET whose content is left out (RFC 9110 §9.3.2).
    func handler(of method: Method) -> Handler? {
        let wanted = method == .head ? .get : method
        return operations.first { $0.method == wanted }?.handler
    }
}

/// All routes.
struct RouteTable: Sendable {
    /// Those without braces, by the length of their path.
    private let literal: [[Route]]
    /// All, by their first segment.
    private let routes: [String: [Route]]

    init(_ routes: [Route]) {
        let longest = routes.map(\.path.utf8.count).max() ?? 0
        literal = (0...longest).map { length in
            routes.filter { $0.isLiteral && $0.path.utf8.count == length }
        }
        self.routes = Dictionary(grouping: routes, by: \.root)
    }

    /// Every route, in the order of their paths.
    var all: [Route] { routes.values.joined().sorted { $0.path < $1.path } }

    /// Finds what a target leads to; a route without braces goes before one with them.
    func find(_ target: RequestTarget) -> (route: Route, parameters: [String])? {
        let path = target.path
        if path.utf8.count < literal.count {
            for route in literal[path.utf8.count] where route.path == path { return (route, []) }
        }
        return find(target.segments)
    }

    private func find(_ path: [String]) -> (route: Route, parameters: [String])? {
        for route in routes[path.first ?? ""] ?? [] {
            if let parameters = route.parameters(in: path) { return (route, parameters) }
        }
        return nil
    }
}
