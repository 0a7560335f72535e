import Log
import Reactor
import Testing

@testable import HubServer

private func query(after position: UInt64, _ pattern: String = "g") -> PageQuery {
    guard let pattern = try? GroupPattern(pattern) else { preconditionFailure("no pattern") }
    return PageQuery(
        start: .after(position), patterns: [pattern], maxEvents: 1024, maxBytes: 1 << 17)
}

private func page(after position: UInt64, through: UInt64, head: UInt64, bytes: Int = 2) -> Page {
    guard let group = try? Group("g") else { preconditionFailure("not a group") }
    let event = Event(
        position: through, seq: through, group: group, at: Timestamp(milliseconds: 0),
        json: Array(repeating: 0x20, count: bytes))
    return Page(events: [event], gaps: [], after: position, through: through, head: head)
}

private func reader(_ id: UInt32) -> PageCache.Reader {
    PageCache.Reader(token: .none, id: id)
}

/// What was answered, without the page.
private enum Answered: Equatable { case wait, read, kept }

extension PageCache {
    fileprivate mutating func answer(_ query: PageQuery, _ id: UInt32 = 9) -> Answered {
        switch ask(query, for: reader(id)) {
        case .wait: .wait
        case .read: .read
        case .kept: .kept
        }
    }

    /// Lets a page be read, whole, and be kept.
    fileprivate mutating func keep(after position: UInt64, bytes: Int = 2) {
        _ = answer(query(after: position))
        _ = received(
            query(after: position),
            page(after: position, through: position + 1, head: .max, bytes: bytes))
    }
}

@Suite("Pages that several consumers read")
struct PageCacheTests {
    @Test("of those who want one page, one reads, and all get it")
    func shared() throws {
        var cache = PageCache()
        #expect(cache.answer(query(after: 4), 1) == .read)
        #expect(cache.answer(query(after: 4), 2) == .wait)
        #expect(cache.answer(query(after: 4), 3) == .wait)
        let (shared, waiting) = cache.received(
            query(after: 4), page(after: 4, through: 8, head: 9))
        #expect(waiting == [reader(2), reader(3)])
        #expect(try #require(shared).page.through == 8)
        #expect(cache.answer(query(after: 4)) == .kept)
    }

    @Test("another position, pattern or size is another page")
    func others() {
        var cache = PageCache()
        cache.keep(after: 4)
        var smaller = query(after: 4)
        smaller.maxBytes = 1
        for other in [query(after: 5), query(after: 4, "h"), query(after: 4, "*"), smaller] {
            #expect(cache.answer(other) == .read)
        }
    }

    @Test("a page that reaches the head is for who has read it: others may know of newer events")
    func head() {
        for (after, through, head) in [(4, 9, 9), (9, 9, 9), (12, 9, 9)]
            as [(UInt64, UInt64, UInt64)]
        {
            var cache = PageCache()
            _ = cache.answer(query(after: after), 1)
            _ = cache.answer(query(after: after), 2)
            let (shared, waiting) = cache.received(
                query(after: after), page(after: after, through: through, head: head))
            #expect(shared == nil)
            #expect(waiting == [reader(2)])
            #expect(cache.isEmpty)
            #expect(cache.answer(query(after: after)) == .read)
        }
    }

    @Test("where a page cannot be read, all who wait hear of it, and the next one tries again")
    func failed() {
        var cache = PageCache()
        _ = cache.answer(query(after: 4), 1)
        _ = cache.answer(query(after: 4), 2)
        #expect(cache.received(query(after: 4), nil).waiting == [reader(2)])
        #expect(cache.answer(query(after: 4)) == .read)
    }

    @Test("so many pages are kept, and the oldest goes for one more")
    func count() {
        var cache = PageCache()
        for position in 0..<UInt64(PageCache.maxPages) { cache.keep(after: position) }
        #expect(cache.answer(query(after: 0)) == .kept)
        cache.keep(after: 1000)
        #expect(cache.answer(query(after: 0)) == .read)
        #expect(cache.answer(query(after: 1)) == .kept)
        #expect(cache.answer(query(after: 1000)) == .kept)
    }

    @Test("so many bytes are kept, and a page that has more alone is not")
    func bytes() {
        var cache = PageCache()
        cache.keep(after: 0, bytes: PageCache.maxBytes / 2)
        cache.keep(after: 1, bytes: PageCache.maxBytes / 2)
        #expect(cache.answer(query(after: 0)) == .kept)
        cache.keep(after: 2, bytes: 1)
        #expect(cache.answer(query(after: 0)) == .read)
        #expect(cache.answer(query(after: 1)) == .kept)
        cache.keep(after: 3, bytes: PageCache.maxBytes + 1)
        #expect(cache.answer(query(after: 3)) == .read)
        #expect(cache.answer(query(after: 1)) == .kept)
    }

    @Test("emptied, it keeps nothing, and who waits is not forgotten")
    func emptied() {
        var cache = PageCache()
        cache.keep(after: 0)
        _ = cache.answer(query(after: 4), 1)
        _ = cache.answer(query(after: 4), 2)
        cache.removeAll()
        #expect(cache.isEmpty)
        #expect(cache.answer(query(after: 0)) == .read)
        #expect(
            cache.received(query(after: 4), page(after: 4, through: 8, head: 9)).waiting == [
                reader(2)
            ])
    }

    @Test("a page is encoded once for each encoding")
    func encodings() throws {
        let shared = SharedPage(page(after: 4, through: 8, head: 9))
        let epoch = try #require(Epoch("k3f9aa"))
        let lines = Encoder(.lines(.untilClose), epoch: epoch)
        let frames = Encoder(.frames, epoch: epoch)
        #expect(shared.bytes(0, of: lines) == Array("  \n".utf8))
        #expect(shared.bytes(1, of: frames) == [0x81, 2, 0x20, 0x20])
        #expect(shared.bytes(0, of: frames) == Array("  \n".utf8))
    }
}
