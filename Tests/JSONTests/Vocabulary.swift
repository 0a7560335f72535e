import JSON

/// A text that must be refused: what is wrong, and where.
struct Refusal: Sendable, CustomStringConvertible {
    var rule: String
    var bytes: [UInt8]
    var error: JSONError

    init(
        _ rule: String, _ text: String, _ kind: JSONError.Kind, at offset: Int,
        _ pointer: String = ""
    ) {
        self.init(rule, Array(text.utf8), kind, at: offset, pointer)
    }

    init(
        _ rule: String, _ bytes: [UInt8], _ kind: JSONError.Kind, at offset: Int,
        _ pointer: String = ""
    ) {
        self.rule = rule
        self.bytes = bytes
        self.error = JSONError(kind, offset: offset, pointer: pointer)
    }

    var description: String { rule }
}

/// A text that must be taken, and what it is without white space.
struct Acceptance: Sendable, CustomStringConvertible {
    var rule: String
    var text: String
    var compact: String

    init(_ rule: String, _ text: String, _ compact: String? = nil) {
        self.rule = rule
        self.text = text
        self.compact = compact ?? text
    }

    var description: String { rule }
}

/// Why `bytes` are refused, however they are read; `nil` if they are taken.
///
/// Skipping, rewriting and reading into a tree are three ways through the reader, and must
/// find the same fault.
func refusals(of bytes: [UInt8], limits: Limits = Limits()) -> [JSONError?] {
    [
        refusal { () throws(JSONError) in
            var reader = Reader(bytes, limits: limits)
            try reader.skipValue()
            try reader.finish()
        },
        refusal { () throws(JSONError) in _ = try compact(bytes, limits: limits) },
        refusal { () throws(JSONError) in _ = try Value.parse(bytes, limits: limits) },
        refusal { () throws(JSONError) in
            var reader = Reader([0x5B] + bytes + [0x5D], in: 1..<bytes.count + 1, limits: limits)
            do throws(JSONError) {
                _ = try reader.readValue()
                try reader.finish()
            } catch {
                throw JSONError(error.kind, offset: error.offset - 1, pointer: error.pointer)
            }
        },
    ]
}

func refusal(_ body: () throws(JSONError) -> Void) -> JSONError? {
    do throws(JSONError) {
        try body()
        return nil
    } catch {
        return error
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
