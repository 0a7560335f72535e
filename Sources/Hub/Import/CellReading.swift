import Bytes
import JSON

/// What the cell of a file stands for, by the name of its column.
///
/// A file has nothing but texts; a column that is not named here stays one.
struct CellReading: Sendable {
    /// Why a cell is none of its column.
    struct Misfit: Error, Equatable {
        var detail: String
    }

    /// Whether a comma may stand before the decimals, as a point may.
    var hasDecimalComma: Bool

    /// Quantities, and the diameter that seed 001 reads as a number.
    private static let numbers: Set<String> = [
        "umbral_minimo", "umbral_recuperacion", "cantidad", "diametro",
    ]
    private static let flags: Set<String> = ["permite_negativo"]
    private static let words: [String: Bool] = [
        "true": true, "1": true, "si": true, "sí": true, "yes": true, "verdadero": true,
        "false": false, "0": false, "no": false, "falso": false,
    ]

    /// The member that a cell stands for.
    ///
    /// - Parameters:
    ///   - name: The column's.
    ///   - text: The cell, without the white space around it.
    /// - Returns: `nil` for an empty cell, which says nothing.
    func member(_ name: String, _ text: String) -> Result<Value.Member?, Misfit> {
        if text.isEmpty { return .success(nil) }
        if Self.numbers.contains(name) {
            return number(text).map { Value.Member(name, .number($0)) }
        }
        if Self.flags.contains(name) {
            guard let flag = Self.words[text.lowercased()] else {
                return .failure(Misfit(detail: "\"\(shown(text))\" is neither sí nor no"))
            }
            return .success(Value.Member(name, .bool(flag)))
        }
        return .success(Value.Member(name, .string(text)))
    }

    private func number(_ text: String) -> Result<String, Misfit> {
        let commas = text.utf8.count { $0 == ASCII.comma }
        var plain = text
        if hasDecimalComma, commas == 1, !text.utf8.contains(ASCII.dot) {
            plain = String(text.map { $0 == "," ? "." : $0 })
        }
        do throws(QuantityFault) {
            return .success(try Quantity(plain).text)
        } catch {
            let mend =
                commas > 0 && !hasDecimalComma
                ? "; a comma can stand before decimals where semicolons or tabs part the columns"
                : ""
            return .failure(Misfit(detail: "\"\(shown(text))\" \(error.message)\(mend)"))
        }
    }

    private func shown(_ text: String) -> Substring { text.prefix(64) }
}
