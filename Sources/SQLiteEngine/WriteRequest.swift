import Log

/// One transaction on its way to the writer, whatever its answer's type.
struct WriteRequest: Sendable {
    /// What the writer does with a request.
    enum Turn {
        case run(WriteTransaction)
        case reject(EngineError)
    }

    /// Answers the caller: called once the commit has succeeded, or with why it has not.
    typealias Settlement = (EngineError?) -> Void

    private let take: @Sendable (Turn) -> Settlement

    init<Answer: Sendable>(
        body: @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>,
        reply: @escaping @Sendable (Result<Answer, EngineError>) -> Void
    ) {
        take = { turn in
            switch turn {
            case .reject(let error):
                return { _ in reply(.failure(error)) }
            case .run(let transaction):
                let result = transaction.perform(body)
                return { failure in reply(failure.map { .failure($0) } ?? result) }
            }
        }
    }

    /// Calls the body; what is returned must be called.
    func run(in transaction: WriteTransaction) -> Settlement { take(.run(transaction)) }

    /// Answers that it was not done; the body is not called.
    func reject(_ error: EngineError) { take(.reject(error))(error) }
}

extension WriteTransaction {
    /// Calls one body, and keeps or undoes what it did.
    fileprivate func perform<Answer>(
        _ body: (any Transaction) throws(EngineError) -> Outcome<Answer>
    ) -> Result<Answer, EngineError> {
        do throws(EngineError) {
            switch try body(self) {
            case .commit(let answer):
                try keep()
                return .success(answer)
            case .refuse(let answer):
                try undo()
                return .success(answer)
            }
        } catch let error {
            do throws(EngineError) { try undo() } catch { return .failure(error) }
            return .failure(error)
        }
    }
}
