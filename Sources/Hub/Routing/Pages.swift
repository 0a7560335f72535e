import Bytes
import HTTP1

/// The files that browsers are served: the console, and the client for pages of others.
public struct Pages: Sendable {
    private struct Page: Sendable {
        var fields: Fields
        var tag: EntityTag
        var body: [UInt8]
    }

    private let pages: [String: Page]
    /// The console's first page, by language.
    private let fronts: [String: Page]
    /// Of the console's first page; the first is served to who asks for none of them.
    private static let languages = ["en", "es"]
    private static let clientName = "campana.js"

    /// Takes the files.
    ///
    /// - Parameters:
    ///   - assets: Each with its name and its media type; one of them is `index.html`.
    ///   - digest: Tells versions of a file apart; hexadecimal digits.
    public init(
        _ assets: [(name: String, mediaType: String, bytes: [UInt8])],
        digest: ([UInt8]) -> String
    ) {
        var pages: [String: Page] = [:]
        for asset in assets {
            let tag = EntityTag(String(digest(asset.bytes).prefix(16)))
            var fields = asset.name == Self.clientName ? Fields.client : .browser
            fields.append("Content-Type", asset.mediaType)
            fields.append("ETag", tag.text)
            pages[asset.name] = Page(fields: fields, tag: tag, body: asset.bytes)
        }
        fronts = Self.translations(of: pages.removeValue(forKey: "index.html"))
        self.pages = pages
    }

    /// The first page in each language: the script reads it off the root element.
    private static func translations(of index: Page?) -> [String: Page] {
        guard let index else { return [:] }
        var translations: [String: Page] = [:]
        for language in languages {
            var page = index
            let text = String(lossyUTF8: index.body)
            page.body = Array(
                text.replacing(#"<html lang="en">"#, with: #"<html lang="\#(language)">"#).utf8)
            page.tag = EntityTag("\(index.tag.opaque)-\(language)")
            page.fields = .browser
            page.fields.append("Content-Type", index.fields.first("content-type") ?? "text/html")
            page.fields.append("Content-Language", language)
            page.fields.append("Vary", "Accept-Language")
            page.fields.append("ETag", page.tag.text)
            translations[language] = page
        }
        return translations
    }

    /// The console's first page, in the language of its reader.
    func front(_ request: Request) throws(Problem) -> Response {
        let language = AcceptLanguage(request.head.fields).choose(from: Self.languages) ?? "en"
        return try Self.response(fronts[language], to: request)
    }

    /// One of the files; 404 for a name that is none of them.
    func file(_ request: Request, _ name: String) throws(Problem) -> Reaction {
        .respond(try Self.response(pages[name], to: request))
    }

    /// The browser's client.
    func client(_ request: Request) throws(Problem) -> Reaction {
        try file(request, Self.clientName)
    }

    private static func response(
        _ page: Page?, to request: Request
    ) throws(Problem) -> Response {
        guard let page else {
            throw Problem(.notFound, "there is no page \(request.head.target.path.prefix(200))")
        }
        switch Preconditions(request.head.fields).evaluate(page.tag, method: request.head.method) {
        case .proceed, .failed: return Response(.ok, fields: page.fields, body: page.body)
        case .notModified: return Response(.notModified, fields: page.fields)
        }
    }
}

extension Fields {
    /// What holds a page to the hub it came from, and to what it is.
    fileprivate static let browser: Fields = [
        "Cache-Control": "no-cache",
        "Content-Security-Policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    ]

    /// What pages of others load, where `--origin` lets them: it tells nothing of this hub.
    fileprivate static let client: Fields = [
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
    ]
}
