import CSV
import JSON
import Settings
import Testing

@testable import HubClient

@Suite("campana import: a file as requests")
struct ImportBatchesTests {
    private func request(
        batch: Int = 1000, separator: ClientAction.Import.Separator = .auto, key: String? = nil
    ) -> ClientAction.Import {
        var request = ClientAction.Import()
        request.batchRows = batch
        request.separator = separator
        request.key = key
        return request
    }

    private func batches(
        _ octets: [UInt8], _ request: ClientAction.Import, pieceBytes: Int = .max
    ) throws -> [ImportBatch] {
        var batches = ImportBatches(request)
        var all: [ImportBatch] = []
        var start = 0
        while start < octets.count {
            let end = min(octets.count, start + min(pieceBytes, octets.count))
            let piece = Array(octets[start..<end])
            var offset = 0
            while let batch = try batches.next(piece.span, from: &offset) { all.append(batch) }
            start = end
        }
        if let batch = try batches.finish() { all.append(batch) }
        return all
    }

    @Test("each has the header, its rows as UTF-8, and knows their lines")
    func rows() throws {
        let octets = Array("Nombre;N\n\"a\nb\";1\n\nc".utf8) + [0xF1] + Array(";2,5\nd;3\n".utf8)
        let all = try batches(octets, request(batch: 2))
        #expect(
            all.map(\.body.text) == [
                "nombre;n\r\n\"a\nb\";1\r\ncñ;2,5\r\n", "nombre;n\r\nd;3\r\n",
            ])
        #expect(all.map(\.lines) == [[2, 5], [6]])
        #expect(all.map(\.number) == [1, 2])
        for bytes in 1...5 {
            #expect(try batches(octets, request(batch: 2), pieceBytes: bytes) == all)
        }
    }

    @Test("rows that are none are kept apart, and counted to the batch")
    func faults() throws {
        let all = try batches(Array("a,b\n1,2\nx\"y,2\n1\n3,4\n".utf8), request(batch: 3))
        #expect(all.map(\.rows) == [3, 1])
        #expect(all[0].lines == [2])
        #expect(all[0].faults.map(\.line) == [3, 4])
        #expect(all[1].lines == [5])
    }

    @Test("rows that are long end a batch before it is longer than a request may be")
    func longRows() throws {
        let row = "\"" + String(repeating: "x", count: 60_000) + "\"\n"
        let all = try batches(
            Array(("a\n" + String(repeating: row, count: 20)).utf8), request())
        #expect(all.count == 3)
        #expect(all.allSatisfy { $0.body.count < 1 << 20 })
        #expect(all.map(\.rows).reduce(0, +) == 20)
    }

    @Test("a header at fault is the end")
    func header() {
        #expect(throws: CSV.Fault(line: 1, column: 2, .unnamedColumn)) {
            try batches(Array("a,\n1,2\n".utf8), request())
        }
        #expect(throws: CSV.Fault(line: 1, column: 1, .noHeader)) { try batches([], request()) }
    }

    @Test("keys are those of the file: a second run has the same, another file or key others")
    func keys() {
        func keys(_ bodies: [String], _ request: ClientAction.Import) -> [String] {
            var keys = ImportKeys(request)
            return bodies.map { keys.next(Array($0.utf8)) }
        }
        let first = keys(["a", "b", "b"], request())
        #expect(first == keys(["a", "b", "b"], request()))
        #expect(Set(first).count == 3)
        #expect(first.allSatisfy { $0.hasPrefix("import-") && $0.utf8.count == 39 })
        #expect(keys(["x", "b"], request())[1] != first[1])
        #expect(keys(["a"], request(batch: 10)) != [first[0]])
        #expect(keys(["a"], request(key: "again")) != [first[0]])
    }
}

@Suite("campana import: what the hub says")
struct ImportReplyTests {
    private static let report =
        #"{"rows":4,"created":1,"updated":0,"unchanged":1,"rejected":2,"mode":"skip","#
        + #""dry_run":false,"applied":true,"errors":[{"pointer":"/3/n","row":4,"line":9,"column":2,"#
        + #""detail":"is \u001b[2J"},{"pointer":"/1","row":2,"line":3,"detail":"b"}],"more_errors":3}"#

    private var batch: ImportBatch {
        ImportBatch(
            number: 1, body: [], lines: [2, 3, 5, 9],
            faults: [CSV.Fault(line: 4, column: 7, .notUTF8)])
    }

    @Test("faults stand at the lines of the file, in their order")
    func complaints() throws {
        let reply = try ImportReply(Array(Self.report.utf8))
        #expect(
            batch.complaints(in: "f.csv", reply) == [
                "f.csv:3:1: b",
                "f.csv:4:7: \(CSV.Fault.Reason.notUTF8)",
                #"f.csv:9:2: n: is \u001b[2J"#,
                "f.csv: 3 more faults in lines 2 to 9",
            ])
        #expect(batch.complaints(in: "f.csv", nil).count == 1)
    }

    @Test("counts go into the summary")
    func summary() throws {
        var tally = ImportTally()
        tally.add(try ImportReply(Array(Self.report.utf8)), of: batch, isReplay: true)
        tally.add(batch.faults)
        #expect(
            tally.summary(of: "f.csv", note: "x")
                == "f.csv: 5 rows: 1 created, 0 updated, 1 unchanged, 3 rejected; "
                + "1 of 1 requests were done by an earlier run; x")
        #expect(
            ImportTally().summary(of: "f.csv", note: "")
                == "f.csv: 0 rows: 0 created, 0 updated, 0 unchanged, 0 rejected")
    }

    @Test(
        "what is no report is refused", arguments: ["", "[]", #"{"rejected":-"#, #"{"errors":1}"#])
    func noReport(_ body: String) {
        #expect(throws: JSONError.self) { try ImportReply(Array(body.utf8)) }
    }

    @Test(
        "a bar shows how much is read",
        arguments: [
            (0, 100, "[                        ] 0 % "),
            (50, 100, "[############            ] 50 % "),
            (100, 100, "[########################] 100 % "),
            (120, 100, "[########################] 100 % "),
            (5, nil, ""), (5, 0, ""),
        ] as [(Int, Int?, String)])
    func bar(_ done: Int, _ whole: Int?, _ text: String) {
        #expect(ImportProgress.bar(done, of: whole) == text)
    }
}
