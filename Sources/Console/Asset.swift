import CConsole

/// A file that browsers are served: it was compiled into the program.
public struct Asset: Sendable {
    /// The name of the file in Sources/CConsole/pages.
    public let name: String
    /// What `Content-Type` says of it (RFC 9110 §8.3).
    public let mediaType: String
    public let bytes: [UInt8]

    /// All there are: the console, and the client for pages of others.
    public static let all: [Asset] = (0..<console_page_count()).map { index in
        let page = unsafe console_page_at(index)
        let name = unsafe String(cString: page.name)
        let bytes = unsafe Array(UnsafeBufferPointer(start: page.bytes, count: page.count))
        return Asset(name: name, mediaType: mediaType(of: name), bytes: bytes)
    }

    private static func mediaType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "text/javascript; charset=utf-8"
        }
    }
}
