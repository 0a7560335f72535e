extension Manual {
    /// The text of docs/limits.md: each option that sets a bound, and what happens at it.
    public var limits: String {
        var lines = [
            "# Limits",
            "",
            "<!-- Printed from the table in Sources/Settings/HubOptions.swift by `make docs`. -->",
            "",
            "Each bound that can be set, what it is where nobody sets it, and what happens at it: the"
                + " value itself is still taken. How options are given is told in"
                + " [configuration.md](configuration.md); the bounds that are constants stand in"
                + " [ARCHITECTURE.md](../ARCHITECTURE.md#bounds).",
            "",
        ]
        for (title, options) in sections {
            let bounds = options.filter { $0.past != nil }
            guard !bounds.isEmpty else { continue }
            lines += [
                "## \(title)", "", "| option | default | bounds | past it |", "|---|---|---|---|",
            ]
            for option in bounds {
                let cells = [
                    "`\(cell(option.usage))`",
                    option.defaultText.isEmpty ? "none" : "`\(cell(option.defaultText))`",
                    cell(option.help),
                    cell(option.past ?? ""),
                ]
                lines.append("| \(cells.joined(separator: " | ")) |")
            }
            lines.append("")
        }
        return lines.dropLast().joined(separator: "\n") + "\n"
    }
}
