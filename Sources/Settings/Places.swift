/// Reads the settings that environment variables hold.
///
/// A variable that is almost one of ours is refused, since it would be a slip that nobody
/// sees. Other `CAMPANA_` variables are let be: the companion has some of its own, and
/// Kubernetes makes `CAMPANA_PORT` for a service of that name.
///
/// - Parameters:
///   - environment: All variables of the process.
///   - faces: The options.
///   - known: Variables that are right, though they set none of `faces`.
/// - Returns: What is set, in the options' order.
/// - Throws: A variable that is one slip away from a right one.
func assignments(
    environment: [String: String], for faces: [OptionFace], alsoKnown known: [String] = []
) throws(SettingsError) -> [Assignment] {
    let faces = faces.filter { $0.places != .flag }
    let names = faces.map(\.variable)
    for name in environment.keys.sorted() where name.hasPrefix("CAMPANA_") {
        guard !names.contains(name), !known.contains(name) else { continue }
        let slips = names.filter { editDistance(Array($0.utf8), Array(name.utf8)) == 1 }
        if let right = slips.first {
            throw SettingsError(
                place: name, fault: "there is no such variable; did you mean \(right)?")
        }
    }
    return faces.compactMap { face in
        environment[face.variable].map {
            Assignment(name: face.name, value: $0, place: face.variable)
        }
    }
}

/// Reads the settings of a file: `NAME=value` lines.
///
/// White space around name and value is dropped; a line that is empty or begins with `#`
/// says nothing. There are no quotes and no continuation lines. `max_head_bytes` and
/// `max-head-bytes` are the same name.
///
/// - Parameters:
///   - text: What the file holds.
///   - path: Its name, for the errors.
///   - faces: The options.
/// - Returns: What is set, in the file's order.
/// - Throws: The first line that cannot be taken.
func assignments(
    file text: String, path: String, for faces: [OptionFace]
) throws(SettingsError) -> [Assignment] {
    let faces = faces.filter { $0.places == .fileAndVariableAndFlag }
    var found: [Assignment] = []
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (index, line) in lines.enumerated() {
        let content = trimmed(line)
        guard !content.isEmpty, !content.hasPrefix("#") else { continue }
        let place = "\(path):\(index + 1)"
        guard let equals = content.firstIndex(of: "=") else {
            throw SettingsError(place: place, fault: "\"\(content)\" is not NAME=value")
        }
        let key = String(trimmed(content[..<equals]).map { $0 == "-" ? "_" : $0 })
        guard let face = faces.first(where: { $0.key == key }) else {
            throw .unknown("\(place): \(key)", "key", key, among: faces.map(\.key))
        }
        let value = String(trimmed(content[content.index(after: equals)...]))
        found.append(Assignment(name: face.name, value: value, place: "\(place): \(key)"))
    }
    return found
}

private func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
}

extension Array {
    /// Puts what one place says into `target`.
    ///
    /// - Parameters:
    ///   - assignments: What the place says, in its order; the last one counts, except that
    ///     a repeatable option keeps them all.
    ///   - target: Where to put the values.
    /// - Throws: The first value that is none of its option.
    func apply<Target>(
        _ assignments: [Assignment], to target: inout Target
    ) throws(SettingsError) where Element == Option<Target> {
        var seen: Set<String> = []
        for assignment in assignments {
            guard let option = first(where: { $0.face.name == assignment.name }) else { continue }
            let isAnother = !seen.insert(assignment.name).inserted
            do throws(Option<Target>.Misfit) {
                try option.set(.init(text: assignment.value, isAnother: isAnother), &target)
            } catch {
                throw SettingsError(
                    place: assignment.place,
                    fault: "\"\(assignment.value)\" is not \(error.expectation)")
            }
        }
    }
}
