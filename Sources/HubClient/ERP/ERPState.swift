import Bytes
import Crypto
import JSON
import Reactor

/// How far a synchronisation has come: one JSON object on one line.
///
/// ```json
/// {"campana_erp":1,"url":"http://127.0.0.1:8001","erp":"http://erp:8080","phase":"stock","next":"/api/stock?page=2","cursor":"k3f9aa-77"}
/// ```
struct ERPState: Equatable {
    static let format: UInt64 = 1
    static let maxBytes = 1 << 16

    /// What a run does, in this order.
    enum Phase: String, CaseIterable {
        case articles
        case movements
        case stock
    }

    /// For the reader of the file.
    var url: String
    /// For the reader of the file.
    var erp: String
    /// What was under way; a run that ended well leaves the first.
    var phase = Phase.articles
    /// The page of the ERP that is the next to be read; `nil` for the first.
    var next: String?
    /// Where the next movement is looked for; `nil` before the first run.
    var cursor: String?

    func encode() -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("campana_erp", Self.format)
            json.member("url", url)
            json.member("erp", erp)
            json.member("phase", phase.rawValue)
            if let next { json.member("next", next) }
            if let cursor { json.member("cursor", cursor) }
        }
        return json.bytes + [ASCII.lf]
    }

    /// Reads a file's content into what is there; `nil` for one that was not written here.
    static func decode(_ text: [UInt8]) -> ERPState? {
        var state = ERPState(url: "", erp: "")
        var format: Int64?
        do throws(JSONError) {
            var reader = JSON.Reader(text, limits: JSON.Limits(maxBytes: maxBytes))
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "campana_erp": format = try reader.readInt()
                case "url": state.url = try reader.readString()
                case "erp": state.erp = try reader.readString()
                case "phase":
                    state.phase = Phase(rawValue: try reader.readString()) ?? .articles
                case "next": state.next = try reader.readString()
                case "cursor": state.cursor = try reader.readString()
                default: break
                }
            }
            try reader.finish()
        } catch {
            return nil
        }
        return format == 1 ? state : nil
    }
}

/// The file that holds the state of a synchronisation, locked for as long as this lives.
final class ERPStateFile {
    let path: String
    private let lock: FileDescriptor
    private(set) var state: ERPState

    /// Opens the file, or begins a new one.
    ///
    /// - Parameters:
    ///   - path: The file; `path` with `.lock` and `.new` behind it is used too.
    ///   - initial: What holds where there is no file yet.
    /// - Throws: Why it cannot be used, and what to do.
    init(_ path: String, _ initial: ERPState) throws(CompanionError) {
        self.path = path
        lock = try Self.lock(path)
        let content: [UInt8]?
        do throws(SystemError) {
            content = try Files.content(of: path, limit: ERPState.maxBytes)
        } catch {
            throw CompanionError(.failure, "\(path): \(error.reason); name another by --state")
        }
        guard let content else {
            state = initial
            return
        }
        guard let kept = ERPState.decode(content) else {
            throw CompanionError(
                .failure,
                "\(path): it is no state of `campana erp-sync`; remove it to begin anew, or name "
                    + "another file by --state")
        }
        guard kept.url == initial.url, kept.erp == initial.erp else {
            throw CompanionError(
                .failure,
                "\(path): it is the state of \(kept.url) and \(kept.erp); name another by --state")
        }
        state = kept
    }

    /// Changes the state, and keeps it: a crash of the machine leaves the old one or the new.
    func change(_ body: (inout ERPState) -> Void) throws(CompanionError) {
        let before = state
        body(&state)
        guard state != before else { return }
        do throws(SystemError) {
            try Files.replace(path, with: state.encode())
        } catch {
            throw CompanionError(.failure, "\(path): \(error.reason)")
        }
    }

    private static func lock(_ path: String) throws(CompanionError) -> FileDescriptor {
        let lock: FileDescriptor?
        do throws(SystemError) {
            lock = try Files.lock(path + ".lock")
        } catch {
            throw CompanionError(.failure, "\(path): \(error.reason); name another by --state")
        }
        guard let lock else {
            throw CompanionError(
                .failure, "\(path): another campana erp-sync uses this state; one is enough")
        }
        return lock
    }

    /// Where the state of one hub and one ERP is kept; `nil` without a home.
    static func defaultPlace(
        url: String, erp: String, environment: [String: String]
    ) -> (directory: String, path: String)? {
        guard
            let place = StateStore.defaultPlace(
                url: url, groups: [erp], environment: environment)
        else { return nil }
        var hex: [UInt8] = []
        hex.append(hex: SHA256.hash(Array("\(url)\n\(erp)".utf8)).prefix(8))
        return (place.directory, "\(place.directory)/erp-\(String(lossyUTF8: hex)).json")
    }
}
