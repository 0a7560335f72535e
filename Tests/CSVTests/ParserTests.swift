import CSV
import Testing

/// RFC 4180 §2, rule by rule, and what the RFC leaves open; each text is cut in every way.
@Suite("Rows of a text")
struct ParserTests {
    @Test(
        "RFC 4180 §2",
        arguments: [
            TextCase(
                "§2.1 rows end by CRLF", "a,b\r\nc,d\r\n",
                [.fields(1, ["a", "b"]), .fields(2, ["c", "d"])]),
            TextCase(
                "§2.2 the last may have no end", "a\r\nb", [.fields(1, ["a"]), .fields(2, ["b"])]),
            TextCase("§2.2 nor its line feed", "a,b\r", [.fields(1, ["a", "b"])]),
            TextCase("LF alone ends a row", "a\nb\n", [.fields(1, ["a"]), .fields(2, ["b"])]),
            TextCase("§2.4 spaces belong to a field", " a , b ", [.fields(1, [" a ", " b "])]),
            TextCase("§2.4 fields may be empty", ",a,,\n", [.fields(1, ["", "a", "", ""])]),
            TextCase("§2.5 quotes", "\"a\",b,\"\"\n", [.fields(1, ["a", "b", ""])]),
            TextCase(
                "§2.6 line ends and separators in quotes", "\"a\r\nb\nc,d\",e\r\nf,g",
                [.fields(1, ["a\r\nb\nc,d", "e"]), .fields(4, ["f", "g"])]),
            TextCase(
                "§2.7 a quote written twice", "\"a\"\"b\",\"\"\"\"\n", [.fields(1, ["a\"b", "\""])]),
            TextCase(
                "an empty line is no row", "\r\na\n\n\r\nb\n",
                [.fields(2, ["a"]), .fields(5, ["b"])]),
            TextCase(
                "an empty field alone is one", "a\n\"\"\r\n\"\"\n",
                [.fields(1, ["a"]), .fields(2, [""]), .fields(3, [""])]),
            TextCase("nothing is no row", "", []),
        ])
    func grammar(_ row: TextCase) { check(row) }

    @Test(
        "The separator is the first that stands outside quotes in the first row",
        arguments: [
            TextCase(
                "semicolon", "a;b\n1,5;c", [.fields(1, ["a", "b"]), .fields(2, ["1,5", "c"])]),
            TextCase("tab", "a\tb\n1,5\t;", [.fields(1, ["a", "b"]), .fields(2, ["1,5", ";"])]),
            TextCase("one in quotes does not count", "\"a,b\";c", [.fields(1, ["a,b", "c"])]),
            TextCase(
                "none in the first row is the comma", "a\nb,c;d",
                [.fields(1, ["a"]), .fields(2, ["b", "c;d"])]),
            TextCase("it is kept", "a;b\nc,d", [.fields(1, ["a", "b"]), .fields(2, ["c,d"])]),
            TextCase(
                "one that is named", "a,b;c", [.fields(1, ["a,b", "c"])], separator: .semicolon),
        ])
    func separators(_ row: TextCase) { check(row) }

    @Test(
        "The encoding is named, or marked, or what the first field says that is not ASCII",
        arguments: [
            TextCase(
                "a mark is no text", [0xEF, 0xBB, 0xBF] + Array("ñ".utf8), [.fields(1, ["ñ"])]),
            TextCase("half a mark is text", [0xEF, 0xBB, 0xBE, 0x0A], [.fields(1, ["\u{FEFE}"])]),
            TextCase("half a mark at the end", [0xEF, 0xBB], [.fields(1, ["ï»"])]),
            TextCase("a mark alone", [0xEF, 0xBB, 0xBF], []),
            TextCase(
                "a mark only at the front", "a\n\u{FEFF}b",
                [.fields(1, ["a"]), .fields(2, ["\u{FEFF}b"])]),
            TextCase("UTF-8", "tubería,ø 2½″,€", [.fields(1, ["tubería", "ø 2½″", "€"])]),
            TextCase(
                "Latin-1", bytes("tuber\u{ED}a,\u{F1}\n\u{C3}\u{B1}"),
                [.fields(1, ["tubería", "ñ"]), .fields(2, ["Ã±"])]),
            TextCase("windows-1252", bytes("a\u{80}\u{99}\u{9F}"), [.fields(1, ["a€™Ÿ"])]),
            TextCase(
                "once UTF-8, always UTF-8", Array("ñ\n".utf8) + [0x61, 0x2C, 0xF1, 0x0A, 0x62],
                [.fields(1, ["ñ"]), .fault(2, 2, .notUTF8), .fields(3, ["b"])]),
            TextCase("Latin-1 that is named", "ñ", [.fields(1, ["Ã±"])], encoding: .latin1),
            TextCase(
                "UTF-8 that is named", [0xF1, 0x0A], [.fault(1, 1, .notUTF8)], encoding: .utf8),
            TextCase("UTF-16", [0xFF, 0xFE, 0x61, 0x00], [.fault(1, 1, .nul)]),
        ])
    func encodings(_ row: TextCase) { check(row) }

    @Test(
        "A row at fault is told, and the next is read",
        arguments: [
            TextCase(
                "a quote in a field", "a,b\"c\",\"d\ne\"\nf,g",
                [.fault(1, 2, .quoteInPlainField), .fields(3, ["f", "g"])]),
            TextCase(
                "text behind a quote", "\"a\nb\"c,d\ne",
                [.fault(2, 1, .textAfterQuote), .fields(3, ["e"])]),
            TextCase(
                "a quote that is not closed", "a\nb,\"c\nd\n",
                [.fields(1, ["a"]), .fault(2, 2, .unendedQuote)]),
            TextCase(
                "a lone carriage return", "a\rb\nc",
                [.fault(1, 1, .loneCarriageReturn), .fields(2, ["c"])]),
            TextCase(
                "two of them", "a\r\r\nc", [.fault(1, 1, .loneCarriageReturn), .fields(2, ["c"])]),
            TextCase("a NUL", "a,\u{0}\nb", [.fault(1, 2, .nul), .fields(2, ["b"])]),
        ])
    func faults(_ row: TextCase) { check(row) }

    @Test(
        "Bounds",
        arguments: [
            TextCase(
                "a field at the bound", "1234\n\"12\"\"4\"",
                [.fields(1, ["1234"]), .fields(2, ["12\"4"])]),
            TextCase(
                "a field past it", "1,12345\nb",
                [.fault(1, 2, .fieldTooLong(limitBytes: 4)), .fields(2, ["b"])]),
            TextCase(
                "a quoted field past it ends at its quote", "\"12345\n6\nb,c\"\nd",
                [.fault(1, 1, .fieldTooLong(limitBytes: 4)), .fields(4, ["d"])]),
            TextCase("columns at the bound", "1,2,3\n", [.fields(1, ["1", "2", "3"])]),
            TextCase(
                "columns past it", "1,2,3,4\nb",
                [.fault(1, 4, .tooManyColumns(limit: 3)), .fields(2, ["b"])]),
            TextCase("a row at the bound", "1234,1234\n", [.fields(1, ["1234", "1234"])]),
            TextCase(
                "a row past it", "1234,1234,\nb",
                [.fault(1, 3, .rowTooLong(limitBytes: 10)), .fields(2, ["b"])]),
        ])
    func bounds(_ row: TextCase) {
        check(row, limits: Limits(fieldBytes: 4, columns: 3, rowBytes: 10))
    }

    private func check(_ row: TextCase, limits: Limits = Limits()) {
        for pieces in everySplit(of: row.octets) {
            var parser = Parser(separator: row.separator, encoding: row.encoding, limits: limits)
            let rows = parser.rows(pieces)
            #expect(rows == row.rows, "cut as \(pieces.map(\.count))")
        }
    }
}

/// Each scalar below 256 as one octet.
private func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8($0.value) }
}
