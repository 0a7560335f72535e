import HTTP1
import JSON
import Log
import Testing

@testable import Hub

@Suite("RFC 9457 Problem details")
struct RFC9457_Problems {
    @Test("§3 the members, in their order; errors only where there are faults")
    func shape() {
        let problem = Problem(
            .invalidBody, "two faults",
            faults: [.init("/a~1b", "is missing"), .init("", "says \"no\"")])
        let response = problem.response(instance: "/tasks/ñ")
        #expect(response.status == .unprocessableContent)
        #expect(
            response.text
                == #"{"type":"urn:campana:problem:invalid_body","#
                + #""title":"the body is not what this route takes","status":422,"#
                + #""detail":"two faults","instance":"/tasks/ñ","code":"invalid_body","#
                + #""errors":[{"pointer":"/a~1b","detail":"is missing"},"#
                + #"{"pointer":"","detail":"says \"no\""}]}"#)
        #expect(
            response.fields
                == ["Content-Type": "application/problem+json", "Cache-Control": "no-store"])
    }

    @Test("the fields that go with the status stand before the problem's own")
    func fields() {
        let problem = Problem(.methodNotAllowed, "d", fields: ["Allow": "GET"])
        #expect(problem.response(instance: "/").fields["Allow"] == "GET")
    }

    @Test(
        "a breach of HTTP has the status of its RFC, and that status' reason as its title",
        arguments: [(Status.badRequest, true), (.fieldsTooLarge, false), (.requestTimeout, false)])
    func malformed(_ status: Status, _ isOwn: Bool) throws {
        let problem = Problem(malformed: status, "d", fields: ["Upgrade": "websocket"])
        let json = try problem.response(instance: "/").json()
        #expect(json["status"]?.text == "\(status.rawValue)")
        #expect(json["code"]?.string == "malformed_request")
        let title = isOwn ? Failure.malformedRequest.title : "\(status.reason)"
        #expect(json["title"]?.string == title)
    }

    @Test(
        "a JSON fault has its pointer and its byte; of the wrong kind is 422, no JSON at all 400",
        arguments: [
            (JSONError.Kind.unexpectedEnd, Failure.malformedJSON),
            (.duplicateName, .malformedJSON), (.tooDeep(limit: 64), .malformedJSON),
            (.textTooLong(limit: 1), .malformedJSON),
            (.mismatch(expected: .string, found: .null), .invalidBody),
            (.notAnInteger, .invalidBody), (.numberOutOfRange, .invalidBody),
        ])
    func jsonFault(_ kind: JSONError.Kind, _ failure: Failure) {
        let error = JSONError(kind, offset: 12, pointer: "/a")
        let problem = Problem(error)
        #expect(problem.failure == failure)
        #expect(problem.detail == "\(error.message) at byte 12")
        #expect(problem.faults == [.init("/a", error.message)])
    }

    @Test(
        "WIRE §5 what the engine says; 503 and 507 with Retry-After, damage without",
        arguments: [
            (EngineError.full, Failure.storeFull, 507, true),
            (.overloaded, .overloaded, 503, true),
            (.unavailable("disk"), .storeUnavailable, 503, true),
            (.stopped, .notReady, 503, true),
            (.corrupt("page 3"), .storeDamaged, 500, false),
        ])
    func engineError(
        _ error: EngineError, _ failure: Failure, _ status: UInt16, _ isRetryable: Bool
    ) {
        let response = Problem(error).response(instance: "/")
        #expect(Failure(error) == failure)
        #expect(failure.isRetryable == isRetryable)
        #expect(response.status.rawValue == status)
        #expect(response.fields.contains("Retry-After") == isRetryable)
        #expect(!response.text.contains("disk\"") && !response.text.contains("page 3"))
    }
}

@Suite("The failures: one row for every wire")
struct FailureTable {
    @Test(
        "HTTP: every row has an error status with a reason, and its code",
        arguments: Failure.allCases)
    func overHTTP(_ failure: Failure) throws {
        #expect((400...599).contains(failure.status.rawValue))
        #expect("\(failure.status.reason)" != "")
        let response = Problem(failure, "detail").response(instance: "/x")
        #expect(response.status == failure.status)
        let json = try response.json()
        #expect(json.names == ["type", "title", "status", "detail", "instance", "code"])
        #expect(json["type"]?.string == "urn:campana:problem:\(failure.rawValue)")
        #expect(json["title"]?.string == failure.title)
    }

    @Test("WebSocket, SSE and lines: every row is an error message", arguments: Failure.allCases)
    func overWebSocket(_ failure: Failure) throws {
        let json = try Value.parse(
            ServerMessage.error(failure, failure.title, ref: bytes("1")).json)
        #expect(json.names == ["type", "code", "message", "ref"])
        #expect(json["code"]?.string == failure.rawValue)
    }

    @Test(
        "codes are of a-z and _, and titles are words without a full stop",
        arguments: Failure.allCases)
    func words(_ failure: Failure) {
        #expect(failure.rawValue.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F })
        #expect(!failure.title.isEmpty)
        #expect(failure.title.last != ".")
    }

    @Test("each says something of its own")
    func unique() {
        #expect(Set(Failure.allCases.map(\.title)).count == Failure.allCases.count)
    }

    @Test("what is the client's fault is not to be repeated unchanged", arguments: Failure.allCases)
    func retryable(_ failure: Failure) {
        #expect(failure.isRetryable == [503, 507].contains(failure.status.rawValue))
    }

    @Test(
        "RFC 6901 §3 ~ and / are escaped in a pointer, whatever mark stands behind them",
        arguments: [
            ("a/b~c", "a~1b~0c"), ("~\u{301}", "~0\u{301}"), ("/\u{301}~", "~1\u{301}~0"),
        ])
    func pointers(_ name: String, _ token: String) {
        #expect(Array(name.escapedForPointer.utf8) == Array(token.utf8))
    }
}
