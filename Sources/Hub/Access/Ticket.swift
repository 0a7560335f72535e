import Bytes
import HTTP1
import JSON
import Log
import Trust

/// What a browser opens one stream with: it goes into a URL, so it is good once, and for 30 s.
///
/// A ticket is kept in the process and not in the store: it is lost by a restart, and whoever
/// had it asks for another.
public struct Ticket: Sendable {
    /// What every ticket begins with.
    static let prefix = "tk_"
    static let secretBytes = 24
    /// How long a ticket is good.
    public static let age = Duration.seconds(30)

    /// SHA-256 of its text.
    public var digest: [UInt8]
    /// As whom its bearer is known.
    public var principal: Principal
    /// From when on it is good no more.
    public var expires: Timestamp

    /// `POST /tickets`: a ticket of the grants that the asker has, or of fewer.
    static func issue(
        _ request: Request, limits: HubLimits, access: Access
    ) throws(Problem) -> Reaction {
        var principal = request.principal
        if !request.body.isEmpty {
            try request.requireJSON()
            principal.grants = try grants(request, limits)
        }
        let text = prefix + Base64.encodeURL(access.makeSecret(secretBytes))
        let ticket = Ticket(
            digest: access.primitives.sha256(Array(text.utf8)), principal: principal,
            expires: request.now + age)
        var json = Writer()
        json.object { json in
            json.member("ticket", text)
            json.member("expires_at", ticket.expires.rfc3339)
            json.member("expires_in", age.components.seconds)
        }
        return .issueTicket(ticket, .json(.created, json.bytes, fields: .noStore))
    }

    /// The grants that the body narrows the ticket to.
    private static func grants(
        _ request: Request, _ limits: HubLimits
    ) throws(Problem) -> [Grant]? {
        var texts: [String]?
        try Reader.readBody(request.body, limits: limits.json) { name, reader throws(JSONError) in
            guard name == "grants" else { return }
            var found: [String] = []
            try reader.readArray { reader throws(JSONError) in
                found.append(try reader.readString())
            }
            texts = found
        }
        guard let texts else { return request.principal.grants }
        let grants: [Grant]
        do {
            grants = try Grant.parse(texts)
        } catch {
            throw Problem(.invalidBody, error.message, faults: [.init("/grants", error.message)])
        }
        for grant in grants { try request.principal.require(grant.action, onAll: grant.pattern) }
        return grants
    }
}
