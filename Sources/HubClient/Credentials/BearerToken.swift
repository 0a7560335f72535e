import Bytes

/// A key or token, as `Authorization: Bearer` shows it (RFC 6750 §2.1).
///
/// Neither a description of it nor a fault shows what it is.
public struct BearerToken: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The longest that is taken, in bytes: a hub reads no longer heads.
    public static let maxBytes = 8192

    /// Why a text is no key or token.
    public enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
        case empty
        case tooLong
        /// Something else than the one word that a key or token is.
        case notOneWord

        /// It follows the name of the place: "FILE", "the variable".
        public var description: String {
            switch self {
            case .empty: "holds nothing in its first line; a key looks like sk_…"
            case .tooLong: "holds more than \(maxBytes) bytes in its first line, which is no key"
            case .notOneWord:
                "holds no key or token in its first line; it stands there by itself, as sk_… or "
                    + "eyJ…, with no name, quotes or \"Bearer\" around it"
            }
        }
    }

    let text: String

    /// Reads the first line; white space around it is dropped.
    ///
    /// - Parameter content: What a file or a variable holds.
    /// - Throws: Why there is no key or token in it.
    public init(firstLineOf content: [UInt8]) throws(Fault) {
        var line = content.prefix { $0 != ASCII.lf }
        while let last = line.last, Self.isWhite(last) { line.removeLast() }
        line = line.drop(while: Self.isWhite)
        guard !line.isEmpty else { throw .empty }
        guard line.count <= Self.maxBytes else { throw .tooLong }
        // RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
        var word = line
        while word.last == ASCII.equals { word.removeLast() }
        guard !word.isEmpty, word.allSatisfy(Self.isTokenOctet) else { throw .notOneWord }
        text = String(lossyUTF8: line)
    }

    public var description: String { "a key that is not shown" }

    public var customMirror: Mirror { Mirror(self, children: []) }

    private static func isWhite(_ octet: UInt8) -> Bool {
        octet == ASCII.space || octet == ASCII.tab || octet == ASCII.cr
    }

    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        ASCII.isAlpha(octet) || ASCII.isDigit(octet) || "-._~+/".utf8.contains(octet)
    }
}
