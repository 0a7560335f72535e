import Bytes
import CSV
import Testing

@Suite("A table with a header")
struct TableReaderTests {
    @Test("names are trimmed, and of lower case")
    func names() throws {
        let (reader, rows) = try read(" Nombre ;MATERIAL;Diámetro\nTubo;Cobre;12,5\n")
        #expect(reader.header?.names == ["nombre", "material", "diámetro"])
        #expect(reader.header?.column("material") == 1)
        #expect(reader.header?.column("otra") == nil)
        #expect(reader.separator == .semicolon)
        #expect(rows == [.fields(2, ["Tubo", "Cobre", "12,5"])])
    }

    @Test("a row has as many fields as the header")
    func counts() throws {
        let (_, rows) = try read("a,b\n1\n1,2\n1,2,3\n")
        #expect(
            rows == [
                .fault(2, 2, .columnCount(header: 2, row: 1)), .fields(3, ["1", "2"]),
                .fault(4, 3, .columnCount(header: 2, row: 3)),
            ])
    }

    @Test(
        "a header at fault ends it, and stays",
        arguments: [
            ("", Fault(line: 1, column: 1, .noHeader)),
            ("\n\r\n", Fault(line: 1, column: 1, .noHeader)),
            ("a,,b\n1,2,3", Fault(line: 1, column: 2, .unnamedColumn)),
            ("\na,b, A\n1,2,3", Fault(line: 2, column: 3, .columnTwice("a"))),
            ("a,\"b\nc", Fault(line: 1, column: 2, .unendedQuote)),
        ])
    func header(_ text: String, _ fault: Fault) {
        var reader = TableReader()
        let input = Array(text.utf8)
        var offset = 0
        let first = Result { () throws(Fault) in
            if let row = try reader.next(input.span, from: &offset) { return Row?.some(row) }
            return try reader.finish()
        }
        #expect(first == .failure(fault))
        let again = Result { () throws(Fault) in try reader.next(input.span, from: &offset) }
        #expect(again == .failure(fault))
        #expect(!"\(fault.reason)".isEmpty)
    }

    private func read(_ text: String) throws -> (TableReader, [Expected]) {
        var reader = TableReader()
        var rows: [Expected] = []
        let input = Array(text.utf8)
        var offset = 0
        while let row = try reader.next(input.span, from: &offset) { rows.append(Expected(row)) }
        if let row = try reader.finish() { rows.append(Expected(row)) }
        return (reader, rows)
    }
}

@Suite("Writing rows")
struct WriterTests {
    @Test("what is written is read as it was", arguments: Separator.allCases)
    func roundTrip(_ separator: Separator) {
        let rows = [
            ["a", "b;c,d\te", "f\"g"], ["", "", ""], ["\r\n", "\"", " x "], ["ñ", "€", "1,5"],
        ]
        var writer = Writer(separator: separator)
        for row in rows {
            for field in row { writer.field(field) }
            writer.endRow()
        }
        var parser = Parser(separator: separator)
        let read = parser.rows([writer.bytes])
        #expect(
            read.compactMap { if case .fields(_, let fields) = $0 { fields } else { nil } } == rows)
    }

    @Test("one empty field alone is no empty line")
    func blank() {
        var writer = Writer()
        writer.field("a")
        writer.endRow()
        writer.field("")
        writer.endRow()
        #expect(String(lossyUTF8: writer.bytes) == "a\r\n\"\"\r\n")
    }

    @Test(
        "encodings have many names",
        arguments: [
            ("UTF-8", CSV.Encoding.utf8), ("utf8", .utf8), ("ISO-8859-1", .latin1),
            ("latin1", .latin1), ("windows-1252", .latin1),
        ])
    func labels(_ label: String, _ encoding: CSV.Encoding) {
        #expect(CSV.Encoding(label: label) == encoding)
        #expect(CSV.Encoding(label: "utf-16") == nil)
    }
}
