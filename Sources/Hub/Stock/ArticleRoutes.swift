import HTTP1
import JSON
import Log

/// `/api/external/articulos` and its members.
extension StockRoutes {
    /// The articles in the order in which they were made; one call is bounded, and `next` goes on.
    func listArticles(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let limit = try request.limit()
        let after = try request.idAfter()
        let filter = ArticleFilter(
            name: request.head.target.queryValue("nombre")?.lowercased(),
            isBelow: try request.flag("bajo_umbral"))
        let reference = request.head.target.queryValue("referencia_externa")
        return .read { snapshot throws(EngineError) in
            if let reference {
                let found = try snapshot.article(reference: reference)
                return .success(.json(.ok, Self.page(found)))
            }
            let page = try RecordPage(snapshot, StockRecords.articles, after: after, limit: limit) {
                record throws(EngineError) in try filter.row(snapshot, record)
            }
            return .success(.json(.ok, page.json("articulos", next: StockRecords.writeID)))
        }
    }

    private static func page(_ found: StoredArticle?) -> [UInt8] {
        var json = Writer(capacity: 512)
        json.object { json in
            json.member("articulos") { json in
                json.array { json in if let found { json.raw(found.article.json) } }
            }
            json.key("next")
            json.null()
        }
        return json.bytes
    }

    func createArticle(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        try request.requireJSON()
        let draft = try ArticleDraft(request.body, limits: limits.json)
        return try idempotency.write(request, "POST \(Self.path)/articulos") {
            transaction throws(EngineError) in
            switch try transaction.create(draft) {
            case .failure(let problem): return .refuse(.failure(problem))
            case .success(let made):
                return .commit(
                    .success(
                        .json(.created, made.stored.article.json, fields: made.stored.fields)))
            }
        }
    }

    func readArticle(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let id = try Article.id(text)
        let conditions = Preconditions(request.head.fields)
        let method = request.head.method
        return .read { snapshot throws(EngineError) in
            guard let stored = try snapshot.article(id) else {
                return .failure(.articleNotFound(text))
            }
            let fields: Fields = ["ETag": stored.tag.text]
            switch conditions.evaluate(stored.tag, method: method) {
            case .proceed: return .success(.json(.ok, stored.article.json, fields: fields))
            case .notModified: return .success(Response(.notModified, fields: fields))
            case .failed: return .failure(.changed(stored))
            }
        }
    }

    /// What the body leaves out goes to its default.
    func replaceArticle(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try changeArticle(request, text, isWhole: true)
    }

    /// What the body leaves out stays.
    func patchArticle(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try changeArticle(request, text, isWhole: false)
    }

    private func changeArticle(
        _ request: Request, _ text: String, isWhole: Bool
    ) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        try request.requireJSON(isWhole ? ["application/json"] : Self.patchTypes)
        let id = try Article.id(text)
        let draft = try ArticleDraft(request.body, limits: limits.json)
        return changeArticle(request, id) { transaction, stored throws(EngineError) in
            switch try transaction.change(stored, draft, isWhole: isWhole) {
            case .failure(let problem): return .refuse(.failure(problem))
            case .success(let changed):
                let fields: Fields = ["ETag": changed.stored.tag.text]
                return .commit(
                    .success(.json(.ok, changed.stored.article.json, fields: fields)))
            }
        }
    }

    func deleteArticle(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        return changeArticle(request, try Article.id(text)) {
            transaction, stored throws(EngineError) in
            if let problem = try transaction.remove(stored.article) {
                return .refuse(.failure(problem))
            }
            return .commit(.success(Response(.noContent)))
        }
    }

    private func changeArticle(
        _ request: Request, _ id: UInt64,
        _ body:
            @escaping @Sendable (any Transaction, StoredArticle) throws(EngineError) ->
            Outcome<Reaction.Answer>
    ) -> Reaction {
        let conditions = Preconditions(request.head.fields)
        let method = request.head.method
        return .write { transaction throws(EngineError) in
            guard let stored = try transaction.article(id) else {
                return .refuse(.failure(.articleNotFound(String(id))))
            }
            guard case .proceed = conditions.evaluate(stored.tag, method: method) else {
                return .refuse(.failure(.changed(stored)))
            }
            return try body(transaction, stored)
        }
    }
}

/// Which articles are listed.
private struct ArticleFilter: Sendable {
    /// In lower case; part of the name.
    var name: String?
    var isBelow: Bool?

    /// The article as a client sees it, if it is one of them.
    func row(_ snapshot: any Snapshot, _ record: Record) throws(EngineError) -> [UInt8]? {
        let article = try StoredArticle(record: record.value).article
        if let name, !name.isEmpty, !article.name.lowercased().contains(name) { return nil }
        if let isBelow {
            let isListed = try snapshot.record(StockRecords.below, record.key) != nil
            if isListed != isBelow { return nil }
        }
        return article.json
    }
}

extension Problem {
    /// The version that a condition asked for is no longer there (RFC 9110 §13.1.1).
    fileprivate static func changed(_ stored: StoredArticle) -> Problem {
        Problem(
            .preconditionFailed,
            "the article is at version \(stored.tag.text) now; read it again",
            fields: ["ETag": stored.tag.text])
    }
}
