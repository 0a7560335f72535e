import Bytes

/// A field in which proxies say whom a request comes from.
public enum ForwardingField: String, CaseIterable, Sendable {
    /// Addresses with commas between, as nearly all proxies append them.
    case xForwardedFor = "x-forwarded-for"
    /// RFC 7239.
    case forwarded
}

/// Whom a proxy has got a request from, as it says (RFC 7239 §6).
public enum ForwardedNode: Equatable, Sendable {
    case address(IPAddress)
    /// `unknown`, a word that only the proxy understands, or no word at all (§6.2, §6.3).
    case hidden
    /// Nothing that the field may say; what stands before it is worth no more.
    case malformed
}

extension Fields {
    /// Whom each proxy has got a request from, the nearest first: the last that was appended.
    ///
    /// Only what is asked for is read, from the end, so that nothing that a client has sent
    /// changes how that is read which was appended behind it. Several lines are one list
    /// (RFC 9110 §5.3). Nothing follows what is malformed.
    ///
    /// - Parameter field: The one that is believed.
    /// - Returns: The nodes, read one by one.
    public func forwardedNodes(in field: ForwardingField) -> ForwardedNodes {
        ForwardedNodes(self, field)
    }
}

/// The nodes of a field from its end; see ``Fields/forwardedNodes(in:)``.
public struct ForwardedNodes: Sequence, IteratorProtocol {
    private let octets: [UInt8]
    private let field: ForwardingField
    /// The lines that are left, and what is left of the last of them.
    private var lines: [Range<Int>]

    fileprivate init(_ fields: Fields, _ field: ForwardingField) {
        octets = fields.octets
        self.field = field
        lines = fields.lines(of: field.rawValue).map(\.value)
    }

    public mutating func next() -> ForwardedNode? {
        while let line = lines.popLast() {
            let start = startOfLast(octets[line])
            if start > line.lowerBound { lines.append(line.lowerBound..<(start - 1)) }
            let element = octets.trimmingWhitespace(start..<line.upperBound)
            if element.isEmpty { continue }  // RFC 9110 §5.6.1.2
            let node = node(octets[element])
            if node == .malformed { lines = [] }
            return node
        }
        return nil
    }

    /// Where the last element of a list begins; a comma within quotes parts nothing.
    ///
    /// Looked for from the end: a quote that a client has left open changes nothing behind it.
    private func startOfLast(_ list: ArraySlice<UInt8>) -> Int {
        var isQuoted = false
        var index = list.endIndex
        while index > list.startIndex {
            index -= 1
            switch list[index] {
            case ASCII.quote where field == .forwarded:
                let escapes = escapes(before: index, in: list)
                if escapes.isMultiple(of: 2) { isQuoted.toggle() } else { index -= escapes }
            case ASCII.comma where !isQuoted: return index + 1
            default: break
            }
        }
        return list.startIndex
    }

    private func escapes(before index: Int, in list: ArraySlice<UInt8>) -> Int {
        let last = list[..<index].lastIndex { $0 != ASCII.backslash }
        return index - 1 - (last ?? list.startIndex - 1)
    }

    private func node(_ element: ArraySlice<UInt8>) -> ForwardedNode {
        switch field {
        case .xForwardedFor: ForwardedNode(element, mayBeBare: true)
        case .forwarded: ForwardedElement.node(element)
        }
    }
}

/// One element of Forwarded: pairs with semicolons between (RFC 7239 §4).
private enum ForwardedElement {
    static func node(_ element: ArraySlice<UInt8>) -> ForwardedNode {
        var node: ForwardedNode?
        let octets = Array(element)
        for pair in ListMembers(octets, octets.indices, separatedBy: ASCII.semicolon) {
            guard let (name, value) = parts(octets, pair) else { return .malformed }
            guard octets.matches(name, "for") else { continue }
            // §4: "Each parameter MUST NOT occur more than once per field-value."
            guard node == nil else { return .malformed }
            node = ForwardedNode(value[...], mayBeBare: false)
        }
        return node ?? .hidden
    }

    /// The name of a pair, and its value without quotes.
    private static func parts(
        _ octets: [UInt8], _ pair: Range<Int>
    ) -> (name: Range<Int>, value: [UInt8])? {
        let span = octets.span.extracting(pair)
        let equals = span.end(of: .token)
        guard equals > 0, equals < span.count, span[equals] == ASCII.equals else { return nil }
        let start = pair.lowerBound + equals + 1
        guard let value = value(octets[start..<pair.upperBound]) else { return nil }
        return (pair.lowerBound..<(start - 1), value)
    }

    /// The value of a token, or of a quoted-string (RFC 9110 §5.6.4).
    private static func value(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.first == ASCII.quote else {
            return text.isEmpty || !text.allSatisfy(ASCII.isToken) ? nil : Array(text)
        }
        var value: [UInt8] = []
        var isEscaped = false
        for (index, octet) in zip(text.indices, text).dropFirst() {
            switch octet {
            case _ where isEscaped:
                value.append(octet)
                isEscaped = false
            case ASCII.backslash: isEscaped = true
            case ASCII.quote: return index == text.endIndex - 1 ? value : nil
            default: value.append(octet)
            }
        }
        return nil
    }
}

extension ForwardedNode {
    /// Reads a node (RFC 7239 §6).
    ///
    /// - Parameters:
    ///   - text: An address, `unknown` or `_word`, perhaps with a port.
    ///   - mayBeBare: Whether IPv6 may stand without brackets, as it does in X-Forwarded-For.
    fileprivate init(_ text: ArraySlice<UInt8>, mayBeBare: Bool) {
        if mayBeBare, let address = IPAddress(octets: text) {
            self = .address(address.unmapped)
            return
        }
        let isBracketed = text.first == ASCII.openBracket
        let end = text.firstIndex(of: isBracketed ? ASCII.closeBracket : ASCII.colon)
        guard let end else {
            self = isBracketed ? .malformed : Self.named(text)
            return
        }
        let name = isBracketed ? text[text.startIndex + 1..<end] : text[..<end]
        let port = text[(isBracketed ? end + 1 : end)...]
        guard Self.isPort(port) else {
            self = .malformed
            return
        }
        self = isBracketed ? Self.bracketed(name) : Self.named(name)
    }

    private static func bracketed(_ name: ArraySlice<UInt8>) -> ForwardedNode {
        guard let address = IPAddress(octets: name), case .v6 = address else { return .malformed }
        return .address(address.unmapped)
    }

    /// What stands without brackets.
    private static func named(_ name: ArraySlice<UInt8>) -> ForwardedNode {
        if let address = IPAddress(octets: name), case .v4 = address { return .address(address) }
        if isObfuscated(name) || Array(name).matches(0..<name.count, "unknown") { return .hidden }
        return .malformed
    }

    /// §6.3: `_`, and letters, digits, `.`, `_` and `-`.
    private static func isObfuscated(_ name: ArraySlice<UInt8>) -> Bool {
        name.count > 1 && name.first == ASCII.underscore
            && name.allSatisfy { octet in
                ASCII.isAlpha(octet) || ASCII.isDigit(octet) || octet == ASCII.dot
                    || octet == ASCII.underscore || octet == ASCII.minus
            }
    }

    /// Nothing, or a colon and up to five digits or a word (§6: node-port).
    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        guard let colon = text.first else { return true }
        let port = text.dropFirst()
        guard colon == ASCII.colon, !port.isEmpty else { return false }
        return port.count <= 5 && port.allSatisfy(ASCII.isDigit) || isObfuscated(port)
    }
}
