import Foundation
import SQLite
import Testing

@Suite("The wrapper of SQLite")
struct DatabaseTests {
    @Test("values come back as they were bound")
    func values() throws {
        let database = try Database(path: ":memory:")
        try database.execute("CREATE TABLE t (i INTEGER, s TEXT, b BLOB)")
        let insert = try database.prepare("INSERT INTO t VALUES (?, ?, ?)")
        try insert.bind(1, .min).bind(2, "á\u{0}b").bind(3, blob: [0, 255]).run()
        #expect(database.changes == 1)
        try insert.bind(1, nil).bind(2, "").bind(3, blob: []).run()
        let select = try database.prepare("SELECT i, s, b FROM t ORDER BY rowid")
        #expect(try select.step())
        #expect(select.integer(0) == .min)
        #expect(select.text(1) == "á\u{0}b")
        #expect(select.blob(2) == [0, 255])
        #expect(try select.step())
        #expect(select.isNull(0))
        #expect(!select.isNull(2))
        #expect(select.blob(2).isEmpty)
        #expect(try !select.step())
    }

    @Test("text is compared by its octets, valid or not")
    func octets() throws {
        let database = try Database(path: ":memory:")
        let less = try database.prepare("SELECT ? < ?")
        less.bind(1, "\u{10FFFF}").bind(2, text: [0xFF])
        #expect(try less.first { $0.integer(0) } == 1)
    }

    @Test("a constraint that fails says so, and the statement can be used again")
    func failure() throws {
        let database = try Database(path: ":memory:")
        try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY)")
        let insert = try database.prepare("INSERT INTO t VALUES (?)")
        try insert.bind(1, 1).run()
        let error = #expect(throws: SQLiteError.self) { try insert.run() }
        #expect(error?.kind == .other)
        #expect(error?.message.contains("t.i") == true)
        try insert.bind(1, 2).run()
        #expect(throws: SQLiteError.self) { try insert.bind(3, 1).run() }
        try insert.bind(1, 3).run()
        #expect(try database.integer("SELECT count(*) FROM t") == 3)
    }

    @Test("a mistake in the SQL is thrown, an empty one too")
    func mistakes() throws {
        let database = try Database(path: ":memory:")
        #expect(throws: SQLiteError.self) { try database.prepare("SELEKT 1") }
        #expect(throws: SQLiteError.self) { try database.prepare("") }
    }

    @Test("rows that are left do not keep a transaction open")
    func leaves() throws {
        let database = try Database(path: ":memory:")
        let three = try database.prepare("VALUES (1), (2), (3)")
        var seen: [Int64] = []
        try three.forEach {
            seen.append($0.integer(0))
            return seen.count < 2
        }
        #expect(seen == [1, 2])
        #expect(try three.first { $0.integer(0) } == 1)
        try database.execute("BEGIN")
        #expect(database.isInTransaction)
        try database.execute("COMMIT")
        #expect(!database.isInTransaction)
    }

    @Test("the write-ahead log is counted, and copied when that is asked for")
    func checkpoints() throws {
        let directory = NSTemporaryDirectory() + "campana-sqlite-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try Database(path: directory + "/db")
        try database.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (b)")
        let pages = database.walPages
        #expect(pages > 0)
        try database.execute("INSERT INTO t VALUES (zeroblob(8000))")
        #expect(database.walPages > pages)
        let result = try database.checkpoint()
        #expect(result.pages == database.walPages)
        #expect(result.copied == result.pages)
        try database.checkpoint(truncates: true)
        let wal = try Data(contentsOf: URL(fileURLWithPath: directory + "/db-wal"))
        #expect(wal.isEmpty)
    }

    @Test(
        "what a code means",
        arguments: [
            (Int32(13), SQLiteError.Kind.full), (5, .busy), (6, .busy), (11, .corrupt),
            (26, .notADatabase), (8, .readOnly), (14, .cannotOpen), (10 | 4 << 8, .io),
            (10 | 19 << 8, .full), (1, .other), (11 | 1 << 8, .corrupt),
        ])
    func kinds(_ code: Int32, _ kind: SQLiteError.Kind) {
        #expect(SQLiteError(code: code, message: "").kind == kind)
    }
}
