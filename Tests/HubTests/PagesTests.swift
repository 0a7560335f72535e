import HTTP1
import Testing

@testable import Hub

@Suite("WIRE §5: GET / is the console")
struct PagesTests {
    @Test(
        "it greets its reader in their language",
        arguments: [
            ("", "en"), ("es", "es"), ("es-EC,es;q=0.9,en;q=0.8", "es"),
            ("en;q=0.5, es;q=0.4", "en"),
            ("de", "en"), ("*", "en"), ("es;q=0", "en"), ("fr, es;q=0.1", "es"), ("es;q=x", "en"),
        ])
    func language(_ accepted: String, _ language: String) throws {
        let response = try Scene().send(.get, "/", ["Accept-Language": accepted])
        #expect(response.text == #"<html lang="\#(language)">Campana"#)
        #expect(response.fields["Content-Language"] == language)
        #expect(response.fields["Vary"] == "Accept-Language")
    }

    @Test(
        "a page may run what the hub serves, and nothing else; the client is for pages of others",
        arguments: [
            ("/", "default-src 'none'; script-src 'self';", "same-origin"),
            ("/campana.js", "default-src 'none'; frame-ancestors 'none'", "cross-origin"),
        ])
    func policy(_ path: String, _ start: String, _ origin: String) throws {
        let response = try Scene().send(.get, path)
        #expect(response.status == .ok)
        #expect(response.fields["Cross-Origin-Resource-Policy"] == origin)
        #expect(response.fields.contains("Cross-Origin-Opener-Policy") == (path == "/"))
        let policy = try #require(response.fields["Content-Security-Policy"])
        #expect(policy.hasPrefix(start))
        #expect(!policy.contains("unsafe"))
    }

    @Test("a version that the browser has is not sent again", arguments: ["/", "/campana.js"])
    func notModified(_ path: String) throws {
        let tag = try #require(try Scene().send(.get, path).fields["ETag"])
        let response = try Scene().send(.get, path, ["If-None-Match": tag])
        #expect(response.status == .notModified)
        #expect(response.fields["ETag"] == tag)
        #expect(try Scene().send(.get, path, ["If-None-Match": "\"other\""]).status == .ok)
    }

    @Test("each language is a version of its own")
    func tags() throws {
        let tags = try ["en", "es"].map {
            try Scene().send(.get, "/", ["Accept-Language": $0]).fields["ETag"]
        }
        #expect(tags[0] != tags[1])
    }

    @Test("only what there is", arguments: ["none.js", "index.html", "es", ""])
    func absent(_ name: String) throws {
        #expect(try Scene().send(.get, "/console/\(name)").status == .notFound)
    }
}
