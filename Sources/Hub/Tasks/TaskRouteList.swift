extension Rules {
    /// Seed 002's routes.
    static let taskList = [
        Route(
            "/tasks",
            on(.get, \.tasks, TaskRoutes.list),
            on(.post, \.tasks, TaskRoutes.create)),
        Route(
            "/tasks/{id}",
            on(.get, \.tasks, member: TaskRoutes.read),
            on(.put, \.tasks, member: TaskRoutes.replace),
            on(.patch, \.tasks, member: TaskRoutes.patch),
            on(.delete, \.tasks, member: TaskRoutes.delete)),
    ]
}
