import HTTP1

extension Rules {
    /// What publishes.
    static let publishingList = [
        Route(
            "/publish", door: .signed,
            on(.post) { rules, request, _ throws(Problem) in
                try rules.publishing.react(to: request, group: nil)
            }),
        Route(
            "/publish/{group}", door: .signed,
            on(.post) { rules, request, path throws(Problem) in
                try rules.publishing.react(to: request, group: path[0])
            }),
    ]
}
