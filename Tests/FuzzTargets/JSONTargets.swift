import JSON

extension FuzzTarget {
    /// Three ways through the reader agree, and what was rewritten reads the same.
    static let json = FuzzTarget(name: "json") { input throws(Finding) in
        let skipped = outcome { () throws(JSONError) in
            var reader = Reader(input)
            try reader.skipValue()
            try reader.finish()
            return []
        }
        let tree = outcome { () throws(JSONError) in try Value.parse(input).bytes }
        let line = outcome { () throws(JSONError) in try compact(input) }
        try same(skipped.error, tree.error, "skipping and reading find the same fault")
        try same(skipped.error, line.error, "skipping and rewriting find the same fault")
        try checkPlace(skipped.error, in: input)
        try checkPart(of: input, skipped.error)
        try checkTight(input, tree)
        if case .success(let line) = line, case .success(let tree) = tree {
            try checkRewritten(line: line, tree: tree)
        }
    }

    /// RFC 7396: a patch that is merged twice changes nothing more.
    ///
    /// The input is the original, a NUL, and the patch.
    static let mergePatch = FuzzTarget(name: "merge-patch") { input throws(Finding) in
        let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, var value = try? Value.parse(Array(parts[0])),
            let patch = try? Value.parse(Array(parts[1]))
        else { return }
        value.merge(patch: patch)
        let once = value.bytes
        try hold((try? compact(once)) == once, "what was merged is JSON: \(once)")
        value.merge(patch: patch)
        try same(once, value.bytes, "merged twice is merged once")
        var fromPatch = patch
        fromPatch.merge(patch: value)
        if case .object = value { return }
        try same(fromPatch.bytes, value.bytes, "a patch that is no object replaces all")
    }

    private static func outcome(
        _ body: () throws(JSONError) -> [UInt8]
    ) -> Result<[UInt8], JSONError> {
        Result(catching: body)
    }

    private static func checkPlace(_ error: JSONError?, in input: [UInt8]) throws(Finding) {
        guard let error else { return }
        try hold((0...input.count).contains(error.offset), "\(error) lies within the text")
        try hold(
            error.pointer.isEmpty || error.pointer.utf8.first == 0x2F, "\(error) has a pointer")
    }

    /// A text that stands within other bytes is read as it is alone.
    private static func checkPart(of input: [UInt8], _ error: JSONError?) throws(Finding) {
        let framed = Array("[\"".utf8) + input + Array("\",1]".utf8)
        var reader = Reader(framed, in: 2..<input.count + 2)
        let result = Result { () throws(JSONError) in
            try reader.skipValue()
            try reader.finish()
        }
        let moved = result.error.map {
            JSONError($0.kind, offset: $0.offset - 2, pointer: $0.pointer)
        }
        try same(error, moved, "a part is read as it is alone")
    }

    /// Tighter limits refuse more, and never take anything else.
    private static func checkTight(
        _ input: [UInt8], _ tree: Result<[UInt8], JSONError>
    ) throws(Finding) {
        let limits = Limits(
            maxBytes: 200, maxDepth: 3, maxStringBytes: 8, maxNumberBytes: 5, maxNameBytes: 4,
            maxMembers: 3)
        guard let tight = try? Value.parse(input, limits: limits) else { return }
        try same(tight.bytes, try? tree.get(), "tight limits read the same")
        try hold(input.count <= limits.maxBytes, "the limit holds")
    }

    private static func checkRewritten(line: [UInt8], tree: [UInt8]) throws(Finding) {
        try hold(line.allSatisfy { $0 >= 0x20 }, "a compact text has no line break")
        try same(try? compact(line), line, "a compact text is compact")
        try same((try? Value.parse(line))?.bytes, tree, "a compact text means the same")
        try same((try? Value.parse(tree))?.bytes, tree, "what was written reads the same")
        try same(try? compact(tree), tree, "what was written is compact")
    }
}
