import HTTP1

extension Rules {
    /// What a method of a route does.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - handler: What it does; it is handed what stands in the place of the braces.
    /// - Returns: An entry of a row.
    static func on(
        _ method: HTTP1.Method, _ handler: @escaping Route.Handler
    ) -> Route.Operation {
        Route.Operation(method: method, handler: handler)
    }

    /// The same, in one area of the rules.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - area: The area that it belongs to.
    ///   - handler: The area's function.
    /// - Returns: An entry of a row.
    static func on<Area>(
        _ method: HTTP1.Method, _ area: @escaping @Sendable (Rules) -> Area,
        _ handler: @escaping @Sendable (Area) -> (Request) throws(Problem) -> Reaction
    ) -> Route.Operation {
        on(method) { rules, request, _ throws(Problem) in try handler(area(rules))(request) }
    }

    /// The same, for a route whose path names one member.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - area: The area that it belongs to.
    ///   - handler: The area's function; it is handed what stands in the place of the braces.
    /// - Returns: An entry of a row.
    static func on<Area>(
        _ method: HTTP1.Method, _ area: @escaping @Sendable (Rules) -> Area,
        member handler: @escaping @Sendable (Area) -> (Request, String) throws(Problem) -> Reaction
    ) -> Route.Operation {
        on(method) { rules, request, path throws(Problem) in
            try handler(area(rules))(request, path.first ?? "")
        }
    }
}
