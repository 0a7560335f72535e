import Bytes

// RFC 7692 §7.1. What a side wishes is written as `DeflateParameters` too: no context where it
// says so, and no wider a window than it says; the peer may make both stricter.
extension DeflateParameters {
    /// The name that the extension is registered under (RFC 7692 §7).
    static let extensionName = "permessage-deflate"

    private enum Key {
        static let serverNoContextTakeover = "server_no_context_takeover"
        static let clientNoContextTakeover = "client_no_context_takeover"
        static let serverMaxWindowBits = "server_max_window_bits"
        static let clientMaxWindowBits = "client_max_window_bits"
    }

    // MARK: The client

    /// What a client with these wishes sends.
    var offer: String {
        // §7.1.2.2: without client_max_window_bits the server could not limit our window.
        written(always: client.maxWindowBits < 15 ? nil : Key.clientMaxWindowBits)
    }

    /// What holds after the server's answer to `offer`.
    ///
    /// - Parameter answer: The extension that the server named.
    /// - Returns: `nil` where the answer is not one to that offer: fail the connection (§7.1).
    func agreed(answer: Extension) -> DeflateParameters? {
        guard let said = Said(answer), !said.hasBareClientWindow else { return nil }
        // §7.1.1.1, §7.1.2.1: a server that accepts these must say so itself.
        if server.noContextTakeover && !said.serverNoContextTakeover { return nil }
        guard (said.serverMaxWindowBits ?? 15) <= server.maxWindowBits else { return nil }
        guard (said.clientMaxWindowBits ?? 8) <= client.maxWindowBits else { return nil }
        return DeflateParameters(
            server: Direction(
                noContextTakeover: said.serverNoContextTakeover,
                maxWindowBits: said.serverMaxWindowBits ?? 15),
            client: Direction(
                noContextTakeover: said.clientNoContextTakeover || client.noContextTakeover,
                maxWindowBits: said.clientMaxWindowBits ?? client.maxWindowBits))
    }

    // MARK: The server

    /// What holds after a client's offer, as a server with these wishes decides it.
    ///
    /// - Parameter offer: One offer of the client's.
    /// - Returns: `nil` to decline it, as must be done with what is not understood (§7.1).
    func agreed(offer: Extension) -> Agreement? {
        guard let said = Said(offer) else { return nil }
        var agreed = self
        agreed.server.noContextTakeover = server.noContextTakeover || said.serverNoContextTakeover
        agreed.client.noContextTakeover = client.noContextTakeover || said.clientNoContextTakeover
        agreed.server.maxWindowBits = min(server.maxWindowBits, said.serverMaxWindowBits ?? 15)
        // §7.1.2.2: a server must not limit the window of a client that did not offer it.
        let isClientWindowOffered = said.hasBareClientWindow || said.clientMaxWindowBits != nil
        agreed.client.maxWindowBits =
            isClientWindowOffered
            ? min(client.maxWindowBits, said.clientMaxWindowBits ?? 15) : 15
        // §7.1.2.1: a server accepts a limit of its window by saying it, though it be 15.
        let limit = said.serverMaxWindowBits == 15 && agreed.server.maxWindowBits == 15
        let answer = agreed.written(always: limit ? Key.serverMaxWindowBits + "=15" : nil)
        return Agreement(parameters: agreed, answer: answer)
    }

    struct Agreement {
        var parameters: DeflateParameters
        /// For Sec-WebSocket-Extensions.
        var answer: String
    }

    // MARK: Either

    private func written(always parameter: String?) -> String {
        var parts = [Self.extensionName]
        if server.noContextTakeover { parts.append(Key.serverNoContextTakeover) }
        if client.noContextTakeover { parts.append(Key.clientNoContextTakeover) }
        if server.maxWindowBits < 15 {
            parts.append("\(Key.serverMaxWindowBits)=\(server.maxWindowBits)")
        }
        if client.maxWindowBits < 15 {
            parts.append("\(Key.clientMaxWindowBits)=\(client.maxWindowBits)")
        }
        if let parameter { parts.append(parameter) }
        return parts.joined(separator: "; ")
    }

    /// What the parameters of one offer or answer say, if they are what §7.1 allows.
    private struct Said {
        var serverNoContextTakeover = false
        var clientNoContextTakeover = false
        var serverMaxWindowBits: Int?
        var clientMaxWindowBits: Int?
        /// `client_max_window_bits` without a value, which only an offer may have.
        var hasBareClientWindow = false

        /// Reads the parameters; `nil` for an unknown, repeated or malformed one.
        init?(_ extension: Extension) {
            guard Set(`extension`.parameters.map(\.name)).count == `extension`.parameters.count
            else { return nil }
            for parameter in `extension`.parameters {
                switch (parameter.name, parameter.value) {
                case (Key.serverNoContextTakeover, nil): serverNoContextTakeover = true
                case (Key.clientNoContextTakeover, nil): clientNoContextTakeover = true
                case (Key.clientMaxWindowBits, nil): hasBareClientWindow = true
                case (Key.serverMaxWindowBits, let value?):
                    guard let bits = Self.windowBits(value) else { return nil }
                    serverMaxWindowBits = bits
                case (Key.clientMaxWindowBits, let value?):
                    guard let bits = Self.windowBits(value) else { return nil }
                    clientMaxWindowBits = bits
                default: return nil
                }
            }
        }

        /// §7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive".
        private static func windowBits(_ text: String) -> Int? {
            guard text.utf8.first != ASCII.zero, let bits = parseDecimal(text.utf8),
                (8...15).contains(bits)
            else { return nil }
            return Int(bits)
        }
    }
}
