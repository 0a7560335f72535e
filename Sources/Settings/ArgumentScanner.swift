/// A setting as it was written, not yet read.
struct Assignment: Equatable {
    /// In kebab case.
    var name: String
    var value: String
    /// Where it stands, as an error names it.
    var place: String
}

/// Takes a command line apart, in the way of getopt_long(3).
///
/// `--name value` and `--name=value`; a switch takes no value. `--` ends the options, and a
/// lone `-` is an operand. `-h` is `--help`.
struct ArgumentScanner {
    enum Item: Equatable {
        case assignment(Assignment)
        case operand(String)
        case help
        case version
    }

    private var arguments: ArraySlice<String>
    private var isPastOptions = false

    init(_ arguments: [String]) { self.arguments = arguments[...] }

    /// The next option or operand.
    ///
    /// - Parameter faces: The options that may stand here.
    /// - Returns: What it is; `nil` at the end.
    /// - Throws: An unknown option, one without its value, a switch with one.
    mutating func next(_ faces: [OptionFace]) throws(SettingsError) -> Item? {
        guard let argument = arguments.popFirst() else { return nil }
        guard !isPastOptions, argument.hasPrefix("-"), argument != "-" else {
            return .operand(argument)
        }
        switch argument {
        case "--":
            isPastOptions = true
            return arguments.popFirst().map(Item.operand)
        case "--help", "-h": return .help
        case "--version": return .version
        default: return .assignment(try option(argument, faces))
        }
    }

    private mutating func option(
        _ argument: String, _ faces: [OptionFace]
    ) throws(SettingsError) -> Assignment {
        let pieces = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let flag = String(pieces[0])
        guard let face = faces.first(where: { $0.flag == flag }) else {
            let flags = faces.filter { !$0.isHidden }.map(\.flag) + ["--help", "--version"]
            throw .unknown(flag, "option", flag, among: flags)
        }
        guard let placeholder = face.placeholder else {
            guard pieces.count == 1 else {
                throw SettingsError(place: flag, fault: "takes no value")
            }
            return Assignment(name: face.name, value: "", place: flag)
        }
        if pieces.count == 2 {
            return Assignment(name: face.name, value: String(pieces[1]), place: flag)
        }
        // A value that begins with "--" is almost always a forgotten value; "=" can still say it.
        guard let value = arguments.first, !value.hasPrefix("--") else {
            throw SettingsError(place: flag, fault: "needs a value: \(flag) \(placeholder)")
        }
        arguments.removeFirst()
        return Assignment(name: face.name, value: value, place: flag)
    }
}
