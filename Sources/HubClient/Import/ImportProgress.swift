/// How far an import is: a bar on a terminal, a line now and then elsewhere.
struct ImportProgress {
    /// How many rows lie between two lines where there is no terminal.
    static let rowsOfLine = 100_000
    private static let barWidth = 24

    private let name: String
    private let isTerminal: Bool
    private var hasBar = false
    private var toldRows = 0

    init(_ name: String, isTerminal: Bool) {
        self.name = name
        self.isTerminal = isTerminal
    }

    /// Takes the bar away.
    mutating func clear(_ console: Console) {
        if hasBar { console.show("\r\u{1B}[K") }
        hasBar = false
    }

    /// Shows how far it is.
    mutating func show(
        _ console: Console, _ tally: ImportTally, _ source: ImportSource, isDry: Bool
    ) {
        let what = isDry ? "checked" : "imported"
        if isTerminal {
            hasBar = true
            console.show(
                "\r\u{1B}[K\(Self.bar(source.readBytes, of: source.size))\(tally.rows) rows \(what)"
            )
        } else if tally.rows / Self.rowsOfLine != toldRows / Self.rowsOfLine {
            console.tell("\(name): \(tally.rows) rows \(what)")
        }
        toldRows = tally.rows
    }

    /// `[######                  ] 25 % `; empty where the whole is not known.
    ///
    /// - Parameters:
    ///   - done: How much is done.
    ///   - whole: How much there is.
    /// - Returns: A bar of a fixed width.
    static func bar(_ done: Int, of whole: Int?) -> String {
        guard let whole, whole > 0 else { return "" }
        let share = min(1, Double(done) / Double(whole))
        let filled = Int(share * Double(barWidth))
        return "[" + String(repeating: "#", count: filled)
            + String(repeating: " ", count: barWidth - filled) + "] \(Int(share * 100)) % "
    }
}
