import JSON
import Log

/// The messages that a consumer sends (WIRE §4).
public enum ClientMessage {
    /// Asks for groups and patterns from a place on.
    ///
    /// - Parameters:
    ///   - groups: Names and patterns.
    ///   - since: As `Since.text` has it.
    ///   - ref: Comes back in the answer.
    /// - Returns: The message.
    public static func subscribe(groups: [String], since: String, ref: UInt64) -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("type", "subscribe")
            json.member("groups") { json in
                json.array { json in for group in groups { json.string(group) } }
            }
            json.member("since", since)
            json.member("ref", ref)
        }
        return json.bytes
    }

    /// Shows another key or token on a connection that goes on.
    static func authenticate(_ token: BearerToken, ref: UInt64) -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("type", "auth")
            json.member("token", token.text)
            json.member("ref", ref)
        }
        return json.bytes
    }

    /// Asks for a `pong`.
    public static func ping(ref: UInt64) -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("type", "ping")
            json.member("ref", ref)
        }
        return json.bytes
    }
}
