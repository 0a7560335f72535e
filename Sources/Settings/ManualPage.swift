extension Manual {
    /// A manual page, in the man macros of groff (man(7)).
    ///
    /// - Parameter section: 1 for a program of users, 8 for one of administrators.
    /// - Returns: The text of docs/man/NAME.SECTION.
    public func page(section: Int) -> String {
        var lines = [
            ".\\\" Printed from the tables in Sources/Settings by `make docs`.",
            ".TH \(name.uppercased()) \(section) \"\" \"Campana\"",
            ".SH NAME", "\(name) \\- \(roff(summary))",
            ".SH SYNOPSIS", ".B \(name)", roff(usage),
            ".SH EXAMPLES",
        ]
        for example in examples { lines += entry(example.line, example.does) }
        if !commands.isEmpty { lines.append(".SH COMMANDS") }
        for command in commands { lines += entries(of: command) }
        if !duties.isEmpty { lines.append(".SH BESIDE SERVING") }
        for duty in duties { lines += entry(duty.line, duty.does) }
        for (title, options) in sections {
            lines.append(".SH \(title.uppercased())")
            for option in options { lines += entry(option.usage, option.helpWithDefault) }
        }
        lines.append(".SH NOTES")
        for note in notes { lines += [".PP", roff(note)] }
        lines.append(".SH EXIT STATUS")
        for status in statuses { lines += entry(String(status.rawValue), status.meaning) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func entries(of command: Command) -> [String] {
        var lines = [".SS \(roff("\(command.name) \(command.operands)"))", roff(command.summary)]
        for option in command.options { lines += entry(option.usage, option.helpWithDefault) }
        return lines
    }

    private func entry(_ term: String, _ text: String) -> [String] {
        [".TP", ".B \(roff(term))", roff(text)]
    }

    /// Keeps groff from taking text for a request or an escape, and hyphens as they are.
    private func roff(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "'": out += "\\(aq"
            case "\"": out += "\\(dq"
            case "…": out += "..."
            default: out.append(character)
            }
        }
        return out.hasPrefix(".") ? "\\&" + out : out
    }
}
