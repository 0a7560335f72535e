import JSON

/// A key as a line of `campanad keys list`: prefix, name, system, grants, end, last use.
struct KeyLine {
    private static let members = ["prefix", "name", "system", "grants", "expires_at", "last_used"]
    private static let heads = ["KEY", "NAME", "SYSTEM", "GRANTS", "ENDS", "LAST USED"]

    private let texts: [String]

    /// Reads a key as the hub answers it.
    init(_ key: Value) {
        guard case .object(let members) = key else {
            texts = []
            return
        }
        texts = Self.members.map { name in
            switch members.first(where: { $0.name == name })?.value {
            case .string(let text)? where !text.isEmpty: text
            case .array(let elements)?:
                elements.compactMap {
                    if case .string(let text) = $0 { text } else { nil as String? }
                }
                .joined(separator: " ")
            default: "-"
            }
        }
    }

    /// All lines, each with its line feed.
    ///
    /// - Parameters:
    ///   - lines: The keys.
    ///   - isForPeople: Whether columns stand under each other, and have a head.
    /// - Returns: The text; empty where there is no key and nobody looks.
    static func text(_ lines: [KeyLine], isForPeople: Bool) -> String {
        guard isForPeople else {
            return lines.map { $0.texts.joined(separator: "\t") + "\n" }.joined()
        }
        let rows = [heads] + lines.map(\.texts)
        let widths = heads.indices.map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return cells.joined(separator: "  ") + "\n"
        }
        .joined()
    }
}
