import Bytes
import HTTP1
import JSON

/// What `campana publish` sends: `POST /publish`.
enum Publishing {
    /// The largest data that are read from standard input; the hub's own limit is lower.
    static let maxBytes = 16 << 20

    /// The body of the request.
    ///
    /// - Parameters:
    ///   - data: JSON, or else any text, which becomes a string without its last newline.
    ///   - group: Where to publish.
    ///   - type: The event's type; the hub has a default.
    /// - Returns: The body; `nil` where the data are neither JSON nor UTF-8.
    static func body(_ data: [UInt8], group: String, type: String?) -> [UInt8]? {
        guard let value = json(of: data) else { return nil }
        var json = JSON.Writer(capacity: value.count + 128)
        json.object { json in
            json.member("group", group)
            if let type { json.member("type", type) }
            json.member("data", raw: value)
        }
        return json.bytes
    }

    private static func json(of data: [UInt8]) -> [UInt8]? {
        do {
            return try JSON.compact(data, limits: JSON.Limits(maxBytes: maxBytes))
        } catch {
            // Not JSON, so it is text.
            let text = data.last == ASCII.lf ? data.dropLast() : data[...]
            return String(validUTF8: text).map { text in
                var value: [UInt8] = []
                value.append(jsonString: text)
                return value
            }
        }
    }
}
