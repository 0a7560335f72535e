import Bytes
import JSON

/// A task for people: `[x] 0198c5a2-…  Comprar pan`.
struct TaskLine {
    private var id = ""
    private var title = ""
    private var isCompleted = false

    init(_ task: [UInt8]) throws(JSONError) {
        var reader = JSON.Reader(task)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "id": id = try reader.readString()
            case "title": title = try reader.readString()
            case "completed": isCompleted = try reader.readBool()
            default: break
            }
        }
        try reader.finish()
    }

    func text(hasColor: Bool) -> String {
        let style = Style(isOn: hasColor)
        let mark = isCompleted ? "\(style.start(.green))[x]\(style.end)" : "[ ]"
        return
            "\(mark) \(style.start(.dim))\(VisibleText.of(id))\(style.end) \(VisibleText.of(title))"
    }
}

/// A JSON object as lines of `name.name value`, for people and for grep.
enum FlatObject {
    static func lines(_ body: [UInt8]) throws(JSONError) -> [String] {
        var lines: [String] = []
        var reader = JSON.Reader(body)
        try append(&reader, body, name: "", to: &lines)
        try reader.finish()
        return lines
    }

    private static func append(
        _ reader: inout JSON.Reader, _ body: [UInt8], name: String, to lines: inout [String]
    ) throws(JSONError) {
        guard try reader.peekKind() == .object else {
            let value = String(lossyUTF8: body[try reader.skipValue()])
            lines.append("\(VisibleText.of(name)) \(VisibleText.of(value))")
            return
        }
        try reader.readObject { member, reader throws(JSONError) in
            try append(
                &reader, body, name: name.isEmpty ? member : "\(name).\(member)", to: &lines)
        }
    }
}
