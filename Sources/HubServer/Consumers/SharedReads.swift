import Log
import Reactor

/// Reads pages of the log for the consumers of a loop: what many want is read once, and encoded
/// once.
final class SharedReads: TimerHandler {
    /// What the engine says to it.
    typealias Mail = (query: PageQuery, reader: PageCache.Reader, result: Result<Page, EngineError>)

    /// How long a page is kept at most: longer than readers of one speed lie apart.
    private static let keepTime = Duration.seconds(1)

    private unowned let worker: Worker
    private var cache = PageCache()
    /// What is handed on in the next turn, so that who reads fast does not keep the loop.
    private var found: [(reader: PageCache.Reader, page: SharedPage)] = []
    /// The page that a consumer is taking just now.
    private(set) var arrived: SharedPage?
    private var handOn: TimerID?
    private var emptying: TimerID?

    init(_ worker: Worker) { self.worker = worker }

    /// Reads a page; the connection's consumer is handed it in a later turn.
    ///
    /// - Parameters:
    ///   - query: Which.
    ///   - reader: Who wants it.
    func read(_ query: PageQuery, for reader: PageCache.Reader) {
        switch cache.ask(query, for: reader) {
        case .wait: break
        case .read: ask(query, for: reader)
        case .kept(let page):
            found.append((reader, page))
            if handOn == nil { handOn = worker.loop.schedule(at: worker.loop.now, self) }
        }
    }

    private func ask(_ query: PageQuery, for reader: PageCache.Reader) {
        worker.metrics.pagesRead.add()
        let mailbox = worker.mailbox
        worker.engine.page(query) { mailbox.send(.page((query, reader, $0))) }
    }

    /// Takes a page that the engine has read.
    func receive(_ mail: Mail) {
        let page: Page
        switch mail.result {
        case .success(let read): page = read
        case .failure(let error): return failed(mail, error)
        }
        let (shared, waiting) = cache.received(mail.query, page)
        hand(shared ?? SharedPage(page), to: mail.reader)
        for reader in waiting {
            if let shared { hand(shared, to: reader) } else { ask(mail.query, for: reader) }
        }
        if emptying == nil, !cache.isEmpty {
            emptying = worker.loop.schedule(at: worker.loop.now + Self.keepTime, self)
        }
    }

    private func failed(_ mail: Mail, _ error: EngineError) {
        for reader in [mail.reader] + cache.received(mail.query, nil).waiting {
            consumer(of: reader)?.failed(error, for: reader.id)
        }
    }

    private func hand(_ page: SharedPage, to reader: PageCache.Reader) {
        arrived = page
        consumer(of: reader)?.received(page, for: reader.id)
        arrived = nil
    }

    private func consumer(of reader: PageCache.Reader) -> Consumer? {
        worker.connection(reader.token)?.consumer
    }

    func timePassed(_ timer: TimerID) {
        if timer == handOn {
            handOn = nil
            let pages = found
            found = []
            for (reader, page) in pages { hand(page, to: reader) }
        } else {
            emptying = nil
            cache.removeAll()
        }
    }
}
