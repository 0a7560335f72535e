import Log
import Reactor

/// A page of the log that several consumers of a loop may be sent, encoded once for each encoding.
final class SharedPage {
    let page: Page
    /// Nearly always one: a search beats a dictionary.
    private var encoded: [(id: Encoder.ID, bytes: [UInt8])] = []

    init(_ page: Page) { self.page = page }

    /// All events of the page in the encoding of `encoder`.
    func bytes(_ id: Encoder.ID, of encoder: Encoder) -> [UInt8] {
        for entry in encoded where entry.id == id { return entry.bytes }
        let bytes = encoder.encode(page.events)
        encoded.append((id, bytes))
        return bytes
    }
}

/// Pages that consumers of a loop have read lately, and those that are being read: of many that
/// stand at one place, one reads.
///
/// A page is kept only if it ends before the newest position, for then it is what it was when it
/// is read again. What retention has since taken away is told for a moment longer: whoever owns
/// the cache empties it about once a second.
struct PageCache {
    /// Whose read it is: a connection, and one of its subscriptions.
    struct Reader: Equatable {
        let token: Registration
        let id: UInt32
    }

    /// What is to be done for somebody who wants a page.
    enum Answer {
        /// Nothing: the page is being read, and comes for all who wait.
        case wait
        /// It is to be read.
        case read
        case kept(SharedPage)
    }

    /// The most pages that are kept.
    static let maxPages = 64
    /// The most bytes that the events of all kept pages may have; encoded they take as much again.
    static let maxBytes = 4 << 20

    private var kept: [PageQuery: SharedPage] = [:]
    /// Those that are kept, and how many bytes each has; the oldest first.
    private var order: [(query: PageQuery, byteCount: Int)] = []
    private var byteCount = 0
    private var waiting: [PageQuery: [Reader]] = [:]

    /// Whether no page is kept.
    var isEmpty: Bool { order.isEmpty }

    /// Looks for a page.
    ///
    /// - Parameters:
    ///   - query: Which.
    ///   - reader: Who waits, if it is being read.
    /// - Returns: What to do.
    mutating func ask(_ query: PageQuery, for reader: Reader) -> Answer {
        if let page = kept[query] { return .kept(page) }
        guard waiting[query] != nil else {
            waiting[query] = []
            return .read
        }
        waiting[query]?.append(reader)
        return .wait
    }

    /// Takes a page that was read, and keeps it if it will not change.
    ///
    /// - Parameters:
    ///   - query: What was asked for.
    ///   - page: What was read; `nil` if it could not be.
    /// - Returns: Who waited for it. Where `page` is `nil`, they are to read for themselves.
    mutating func received(
        _ query: PageQuery, _ page: Page?
    ) -> (page: SharedPage?, waiting: [Reader]) {
        let readers = waiting.removeValue(forKey: query) ?? []
        guard let page else { return (nil, readers) }
        let shared = SharedPage(page)
        // One that reaches the head may lack what was committed since it was read, and those who
        // waited may know of that.
        guard page.through < page.head else { return (nil, readers) }
        keep(shared, query)
        return (shared, readers)
    }

    private mutating func keep(_ shared: SharedPage, _ query: PageQuery) {
        let bytes = shared.page.events.reduce(0) { $0 + $1.json.count }
        guard bytes <= Self.maxBytes, kept.updateValue(shared, forKey: query) == nil else { return }
        order.append((query, bytes))
        byteCount += bytes
        while order.count > Self.maxPages || byteCount > Self.maxBytes {
            let oldest = order.removeFirst()
            kept[oldest.query] = nil
            byteCount -= oldest.byteCount
        }
    }

    /// Drops what is kept; what is being read still comes.
    mutating func removeAll() {
        kept = [:]
        order = []
        byteCount = 0
    }
}
