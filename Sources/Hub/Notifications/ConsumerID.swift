import Bytes
import Log

/// Whom notifications are for: one segment of a group's name (WIRE §2).
public struct ConsumerID: Hashable, Sendable {
    public let text: String
    /// Where what happens to their notifications is announced.
    public let group: Group

    static let groupPrefix = "notifications:"
    /// The longest, in bytes: what a group's name leaves.
    static let maxBytes = Group.maxBytes - groupPrefix.utf8.count
    /// The mend that an error names.
    static let grammar = "1 to \(maxBytes) of A-Z a-z 0-9 _ . -"

    /// Takes a text that keeps the grammar; `nil` for any other.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy(Self.isSegmentByte),
            let group = try? Group(Self.groupPrefix + text)  // else it is too long
        else { return nil }
        self.text = text
        self.group = group
    }

    /// The consumer that a recipient of `POST /notify` stands for; `nil` where it is empty, or too
    /// long as a name.
    ///
    /// - A text that keeps the grammar stands for itself.
    /// - A telephone number with its `+` stands for its digits, so that `+593 99 999-9999` and
    ///   `+593999999999` are `593999999999`: spaces, `-`, `.`, `(` and `)` are left out.
    /// - In any other, each octet of its UTF-8 that the grammar does not have, and each `_`,
    ///   becomes `_` and two hexadecimal digits: `ana@example.com` is `ana_40example.com`.
    init?(recipient: String) {
        if let consumer = ConsumerID(recipient) {
            self = consumer
        } else {
            self.init(Self.digits(ofTelephone: recipient) ?? Self.escaped(recipient))
        }
    }

    private static func digits(ofTelephone text: String) -> String? {
        guard text.utf8.first == ASCII.plus else { return nil }
        let separators = Array(" -.()".utf8)
        let digits = text.utf8.dropFirst().filter { !separators.contains($0) }
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        return String(lossyUTF8: digits)
    }

    private static func escaped(_ text: String) -> String {
        var name: [UInt8] = []
        for octet in text.utf8 {
            if isSegmentByte(octet), octet != ASCII.underscore {
                name.append(octet)
            } else {
                name.append(ASCII.underscore)
                name.append(hex: [octet])
            }
        }
        return String(lossyUTF8: name)
    }

    private static func isSegmentByte(_ octet: UInt8) -> Bool {
        switch octet {
        case ASCII.underscore, ASCII.dot, ASCII.minus: true
        default: ASCII.isAlpha(octet) || ASCII.isDigit(octet)
        }
    }
}
