import Bytes

/// One member of Sec-WebSocket-Extensions: a name and what is asked of it (RFC 6455 §9.1).
struct Extension: Hashable {
    struct Parameter: Hashable {
        var name: String
        /// `nil` for a parameter that is only named.
        var value: String?
    }

    var name: String
    var parameters: [Parameter]

    /// Reads one member; `nil` where its form is another, which fails the handshake.
    ///
    /// - Parameter text: `extension-token *( ";" extension-param )`.
    init?(_ text: String) {
        var scanner = Scanner(octets: Array(text.utf8))
        guard let name = scanner.token() else { return nil }
        self.name = name
        parameters = []
        while scanner.skip(ASCII.semicolon) {
            guard let name = scanner.token() else { return nil }
            var parameter = Parameter(name: name)
            if scanner.skip(ASCII.equals) {
                guard let value = scanner.tokenOrQuotedToken() else { return nil }
                parameter.value = value
            }
            parameters.append(parameter)
        }
        guard scanner.isAtEnd else { return nil }
    }

    /// Steps through a member, white space being allowed between any two of its parts.
    private struct Scanner {
        let octets: [UInt8]
        var index = 0

        init(octets: [UInt8]) { self.octets = octets }

        private var current: UInt8? { index < octets.count ? octets[index] : nil }

        var isAtEnd: Bool { index == octets.count }

        mutating func skip(_ octet: UInt8) -> Bool {
            guard current == octet else { return false }
            index += 1
            skipWhitespace()
            return true
        }

        mutating func token() -> String? {
            let start = index
            while let octet = current, ASCII.isToken(octet) { index += 1 }
            guard index > start else { return nil }
            let token = String(lossyUTF8: octets[start..<index])
            skipWhitespace()
            return token
        }

        /// §9.1: the value of a quoted string, once unescaped, must be a token as well.
        mutating func tokenOrQuotedToken() -> String? {
            guard current == ASCII.quote else { return token() }
            index += 1
            var value: [UInt8] = []
            while let octet = current, octet != ASCII.quote {
                index += octet == ASCII.backslash ? 1 : 0
                guard let octet = current, ASCII.isToken(octet) else { return nil }
                value.append(octet)
                index += 1
            }
            guard skip(ASCII.quote), !value.isEmpty else { return nil }
            return String(lossyUTF8: value)
        }

        private mutating func skipWhitespace() {
            while current == ASCII.space || current == ASCII.tab { index += 1 }
        }
    }
}
