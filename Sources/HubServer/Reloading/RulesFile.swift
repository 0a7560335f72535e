import Hub
import Log
import Reactor
import Settings

/// The operator's file of rules for published events, as it was last read.
///
/// Any thread may ask for the rules; they change only as a whole.
public final class RulesFile: Sendable {
    public typealias ReadFile = @Sendable (_ path: String) throws(UnreadableFile) -> String

    private let path: String
    private let readFile: ReadFile
    private let rules: Locked<DataRules>

    /// Reads the file.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - readFile: Gives what a file holds.
    /// - Throws: Why it cannot be used, with each fault at its place.
    init(path: String, readFile: @escaping ReadFile) throws(StartFault) {
        self.path = path
        self.readFile = readFile
        rules = Locked(try Self.read(path, readFile))
    }

    /// The rules as they are now.
    var current: DataRules { rules.withLock { $0 } }

    /// Reads the file again.
    ///
    /// - Returns: What it says now, to be used.
    /// - Throws: Why it cannot be used, with each fault at its place.
    func readAgain() throws(StartFault) -> Reloader.Fresh {
        let new = try Self.read(path, readFile)
        return Reloader.Fresh("\(new.count)") { self.rules.withLock { $0 = new } }
    }

    private static func read(
        _ path: String, _ readFile: ReadFile
    ) throws(StartFault) -> DataRules {
        let text: String
        do {
            text = try readFile(path)
        } catch {
            throw StartFault("rules: cannot read \"\(path)\": \(error.reason)")
        }
        do {
            return try DataRules(file: Array(text.utf8))
        } catch {
            let lines = error.lines.map { "\n  \(path): \($0)" }.joined()
            throw StartFault("rules: the file cannot be used:\(lines)")
        }
    }
}
