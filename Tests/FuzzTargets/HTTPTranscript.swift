import HTTP1

/// What a parser of HTTP/1.1 has said, content put together again.
struct HTTPTranscript {
    private var entries: [String] = []
    private var body: [UInt8] = []

    /// Notes a request's head with all that can be asked of it.
    mutating func add(_ head: RequestHead) throws(Finding) {
        let target = head.target
        try hold(
            target.segments.allSatisfy { $0 != "." && $0 != ".." && !$0.utf8.contains(0) },
            "a path has no dot segment and no NUL: \(target.segments)")
        try hold(
            head.fields.allSatisfy { $0.value.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x09 } },
            "a field holds no line break")
        var words = ["\(head.method) \(target.form) \(target.raw) \(target.path) \(head.version)"]
        words.append("\(target.segments) \(target.query) \(target.authority ?? "-")")
        words.append("\(head.body) \(head.keepAlive) \(head.expectsContinue) \(head.host ?? "-")")
        words.append("\(head.fields.map { "\($0.name)=\($0.value)" })")
        words.append("\(head.fields.members(of: "accept"))")
        words.append(Accept(head.fields).choose(from: ["text/html", "application/json"]) ?? "-")
        let preconditions = Preconditions(head.fields)
        words.append("\(preconditions.evaluate(EntityTag("a"), method: head.method))")
        words.append("\(head.fields.contentType?.essence ?? "-")")
        entries.append(words.joined(separator: " | "))
    }

    /// Notes a response's head.
    mutating func add(_ head: ResponseHead) {
        let fields = head.fields.map { "\($0.name)=\($0.value)" }
        entries.append(
            "\(head.status) \(head.version) \(head.body) \(head.keepAlive) | \(fields)")
    }

    /// Notes a piece of content, which must be the last of what was read.
    mutating func add(_ range: Range<Int>, of piece: [UInt8], read: Range<Int>) throws(Finding) {
        let isWithin = read.lowerBound <= range.lowerBound && range.upperBound == read.upperBound
        try hold(isWithin && !range.isEmpty, "content \(range) lies in what was read, \(read)")
        body += piece[range]
    }

    /// Notes the end of a message.
    mutating func addEnd() {
        addBody()
        entries.append("end")
    }

    /// All that was noted.
    func ended(by end: String) -> [String] {
        var ended = self
        ended.addBody()
        return ended.entries + [end]
    }

    private mutating func addBody() {
        if !body.isEmpty { entries.append("body \(body)") }
        body = []
    }
}
