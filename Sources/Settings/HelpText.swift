extension Manual {
    /// The text of `--help`: examples first, lines of at most 80 columns where words allow it.
    public var help: String {
        var lines = ["\(name): \(summary)", "", "Examples:"]
        for example in examples {
            lines.append("  \(example.line)")
            lines.append("      \(example.does)")
        }
        lines += ["", "Usage: \(name) \(usage)"]
        if !commands.isEmpty {
            let rows = commands.map { (word: "\($0.name) \($0.operands)", help: $0.summary) }
            lines += ["", "Commands:"] + table(rows)
        }
        if !duties.isEmpty { lines += ["", "Beside serving:"] }
        for duty in duties { lines += ["  \(duty.line)", "      \(duty.does)"] }
        for (title, options) in sections {
            let rows = options.map { (word: $0.usage, help: $0.helpWithDefault) }
            lines += ["", "\(title):"] + table(rows)
        }
        let asked = [
            (word: "--help, -h", help: "show this"), (word: "--version", help: "show the version"),
        ]
        lines += ["", "Instead of all else:"] + table(asked)
        for note in notes { lines += [""] + wrapped(note, indent: 0) }
        if !statuses.isEmpty {
            let rows = statuses.map { (word: String($0.rawValue), help: $0.meaning) }
            lines += ["", "Exit codes:"] + table(rows, column: 8)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Rows of two columns; a first column that is too long stands on a line of its own.
    private func table(_ rows: [(word: String, help: String)], column: Int = 30) -> [String] {
        rows.flatMap { row in
            let word = "  \(row.word)"
            let help = wrapped(row.help, indent: column)
            guard word.count < column - 1, let first = help.first else { return [word] + help }
            return [word + first.dropFirst(word.count)] + help.dropFirst()
        }
    }

    private func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > 80 {
                lines.append(margin + line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return lines + [margin + line]
    }
}
