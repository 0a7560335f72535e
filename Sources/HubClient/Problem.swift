import HTTP1
import JSON

/// A problem as the hub answers it (RFC 9457), as far as people are told of it.
enum Problem {
    /// What went wrong, with the faults of single members; `nil` if `body` is no problem.
    static func detail(_ body: [UInt8]) -> String? {
        var title = ""
        var detail = ""
        var faults: [String] = []
        var reader = JSON.Reader(body)
        do throws(JSONError) {
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "title": title = try reader.readString()
                case "detail": detail = try reader.readString()
                case "errors": faults = try self.faults(&reader)
                default: break
                }
            }
            try reader.finish()
        } catch {
            return nil  // some other server's page: its status says enough
        }
        let text = detail.isEmpty ? title : detail
        let all = (text.isEmpty ? [] : [text]) + faults
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    private static func faults(_ reader: inout JSON.Reader) throws(JSONError) -> [String] {
        var faults: [String] = []
        try reader.readArray { reader throws(JSONError) in
            var pointer = ""
            var detail = ""
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "pointer": pointer = try reader.readString()
                case "detail": detail = try reader.readString()
                default: break
                }
            }
            faults.append(pointer.isEmpty ? detail : "\(pointer): \(detail)")
        }
        return faults
    }
}

extension ResponseHead {
    /// Why the answer is no success: the problem's words, where it leads to, or its reason.
    func words(of body: [UInt8]) -> String {
        if let detail = Problem.detail(body) { return detail }
        let reason = "\(status.reason)"
        // Why: it is not followed, for another server would be told who asks.
        guard (300...399).contains(status.rawValue), let place = fields.first("location") else {
            return reason
        }
        return "\(reason); what answers there leads to \(place), which --url may name"
    }
}
