extension Manual {
    /// The text of docs/configuration.md or docs/campana.md.
    public var reference: String {
        var lines = [
            "# \(name)",
            "",
            "<!-- Printed from the tables in Sources/Settings by `make docs`. -->",
            "",
            "\(name): \(summary).",
            "",
            "```sh",
        ]
        for example in examples { lines += ["# \(example.does)", example.line] }
        lines += ["```", "", "Usage: `\(name) \(usage)`", ""]
        for command in commands { lines += section(of: command) }
        if !duties.isEmpty { lines += ["## Beside serving", ""] }
        for duty in duties { lines.append("- `\(duty.line)` \(duty.does)") }
        if !duties.isEmpty { lines.append("") }
        for (title, options) in sections { lines += ["## \(title)", ""] + table(options) }
        lines += ["## How options are given", ""]
        for note in notes { lines += [note, ""] }
        lines += ["## Exit codes", "", "| code | name | when |", "|---|---|---|"]
        lines += statuses.map { "| \($0.rawValue) | \($0.name) | \($0.meaning) |" }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(of command: Command) -> [String] {
        let title = command.operands.isEmpty ? command.name : "\(command.name) \(command.operands)"
        var lines = [
            "## \(name) \(title)", "", "\(command.summary.capitalizedFirst).", "", "```sh",
        ]
        for example in command.examples { lines += ["# \(example.does)", example.line] }
        lines += ["```", ""]
        guard !command.options.isEmpty else { return lines }
        return lines + table(command.options)
    }

    private func table(_ options: [OptionFace]) -> [String] {
        let hasVariables = options.contains { $0.places != .flag }
        let hasBounds = options.contains { $0.past != nil }
        let titles =
            ["flag"] + (hasVariables ? ["variable"] : []) + ["default", "what it does"]
            + (hasBounds ? ["past it"] : [])
        var lines = [
            "| \(titles.joined(separator: " | ")) |",
            "|" + String(repeating: "---|", count: titles.count),
        ]
        for option in options {
            var cells = ["`\(cell(option.usage))`"]
            if hasVariables { cells.append(option.places == .flag ? "" : "`\(option.variable)`") }
            cells.append(option.defaultText.isEmpty ? "" : "`\(cell(option.defaultText))`")
            cells.append(cell(option.help + (option.isRepeatable ? "; repeatable" : "")))
            if hasBounds { cells.append(cell(option.past ?? "")) }
            lines.append("| \(cells.joined(separator: " | ")) |")
        }
        return lines + [""]
    }

    /// A bar would end the cell, in code as well.
    func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
