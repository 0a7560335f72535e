import HTTP1
import JSON
import Log

extension Rules {
    /// Reads the webhook that is to be tested.
    ///
    /// - Parameter id: Its identifier.
    /// - Returns: What to read with; a problem where there is none.
    public func testedWebhook(
        _ id: String
    ) -> @Sendable (any Snapshot) throws(EngineError) -> Result<Webhook, Problem> {
        { snapshot throws(EngineError) in
            guard let webhook = try snapshot.webhook(id) else { return .failure(.noWebhook(id)) }
            return .success(webhook)
        }
    }

    /// What a test is answered with: what the endpoint has answered.
    ///
    /// - Parameters:
    ///   - request: What was delivered.
    ///   - answer: What came.
    ///   - response: The beginning of its content.
    ///   - duration: How long it took.
    /// - Returns: 200, whatever the endpoint has said.
    public func testAnswer(
        _ request: DeliveryRequest, _ answer: DeliveryAnswer, response: String, duration: Duration
    ) -> Response {
        var json = Writer()
        json.object { json in
            json.member("id", request.id)
            if case .status(200..<300, _) = answer {
                json.member("delivered", true)
            } else {
                json.member("delivered", false)
            }
            json.write(answer)
            json.member("duration_ms", duration.milliseconds)
            json.member("response", response)
        }
        return .json(.ok, json.bytes, fields: .noStore)
    }
}
