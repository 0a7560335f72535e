import HTTP1

extension Rules {
    /// Seed 002's routes.
    static let taskList = [
        Route(
            "/tasks",
            (.get, { rules, request, _ throws(Problem) in try rules.tasks.list(request) }),
            (.post, { rules, request, _ throws(Problem) in try rules.tasks.create(request) })),
        Route(
            "/tasks/{id}",
            (
                .get,
                { rules, request, path throws(Problem) in try rules.tasks.read(request, id: path[0])
                }
            ),
            (
                .put,
                { rules, request, path throws(Problem) in
                    try rules.tasks.replace(request, id: path[0])
                }
            ),
            (
                .patch,
                { rules, request, path throws(Problem) in
                    try rules.tasks.patch(request, id: path[0])
                }
            ),
            (
                .delete,
                { rules, request, path throws(Problem) in
                    try rules.tasks.delete(request, id: path[0])
                }
            )),
    ]
}
