import Bytes
import JSON
import Log

/// What `POST /keys` asks for.
struct KeyDraft {
    /// The longest name and system, in characters.
    static let maxNameCharacters = 100
    /// The longest time that a key may be good for.
    static let maxAge = Duration.seconds(10 * 366 * 86_400)

    var name = ""
    var system = ""
    var grants: [String] = []
    var expires: Timestamp?

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - body: `name` and `grants`; `system`, `expires_at` (RFC 3339) or `expires_in`
    ///     (`365d`) where they are wanted.
    ///   - limits: What JSON may ask for.
    ///   - now: The time.
    /// - Throws: Every fault, at its place.
    init(_ body: [UInt8], limits: JSON.Limits, now: Timestamp) throws(Problem) {
        var faults = BodyFaults()
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            try read(name, &reader, now, &faults)
        }
        faults.require([
            ("/name", "say what the key is called", !name.isEmpty),
            ("/grants", "say what it grants, as in [\"subscribe:tasks\"]", !grants.isEmpty),
        ])
        try faults.check("the key")
    }

    private mutating func read(
        _ member: String, _ reader: inout Reader, _ now: Timestamp, _ faults: inout BodyFaults
    ) throws(JSONError) {
        let longest = Self.maxNameCharacters
        switch member {
        case "name": name = try faults.readText(&reader, "/name", maxCharacters: longest) ?? ""
        case "system":
            system = try faults.readText(&reader, "/system", maxCharacters: longest) ?? ""
        case "grants": try readGrants(&reader, &faults)
        case "expires_at":
            guard try !reader.readNullIfNext() else { return }
            let text = try faults.read { () throws(JSONError) in try reader.readString() }
            guard let text else { return }
            expires = Timestamp(rfc3339: text)
            if expires == nil { faults.add("/expires_at", "is not as in 2026-01-15T10:00:00Z") }
        case "expires_in":
            guard try !reader.readNullIfNext() else { return }
            let text = try faults.read { () throws(JSONError) in try reader.readString() }
            guard let text else { return }
            guard case .ago(let age)? = Since(text), age > .zero, age <= Self.maxAge else {
                faults.add("/expires_in", "is not a duration such as 12h or 365d, 10 years at most")
                return
            }
            expires = now + age
        default:
            faults.add(
                "/\(member.escapedForPointer)",
                "is none of name, system, grants, expires_at, expires_in")
        }
    }

    private mutating func readGrants(
        _ reader: inout Reader, _ faults: inout BodyFaults
    ) throws(JSONError) {
        guard try reader.peekKind() == .array else {
            return faults.add("/grants", "must be an array of texts")
        }
        var count = 0
        try reader.readArray { reader throws(JSONError) in
            let pointer = "/grants/\(count)"
            count += 1
            let text = try faults.read { () throws(JSONError) in try reader.readString() }
            guard let text, count <= Grant.maxCount else { return }
            do throws(GrantFault) {
                _ = try Grant.parse(text)
                grants.append(text)
            } catch {
                faults.add(pointer, error.message)
            }
        }
        if count == 0 { faults.add("/grants", "is empty; name one at least") }
        if count > Grant.maxCount { faults.add("/grants", GrantFault.tooMany.message) }
    }
}
