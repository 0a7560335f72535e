import Bytes

/// What stands between two fields of a row.
public enum Separator: String, CaseIterable, Sendable {
    case comma
    /// As spreadsheets write where the comma stands before the decimals.
    case semicolon
    case tab

    /// The octet that it is.
    public var octet: UInt8 {
        switch self {
        case .comma: ASCII.comma
        case .semicolon: ASCII.semicolon
        case .tab: ASCII.tab
        }
    }

    /// The separator that `octet` is; `nil` for any other octet.
    init?(octet: UInt8) {
        switch octet {
        case ASCII.comma: self = .comma
        case ASCII.semicolon: self = .semicolon
        case ASCII.tab: self = .tab
        default: return nil
        }
    }
}
