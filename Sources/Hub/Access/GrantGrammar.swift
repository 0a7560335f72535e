import Bytes
import Log

/// Grants as they are written: `publish,subscribe:stock:**` (WIRE §6).
///
/// What stands before the first colon are actions, or `all`; what follows is one group or
/// pattern.
extension Grant {
    /// The most grants of one key or token.
    public static let maxCount = 256

    /// Stands for every action.
    static let allActions = "all"

    /// Reads one text: a grant for each of its actions.
    ///
    /// - Parameter text: Actions, a colon, a pattern.
    /// - Returns: One at least.
    /// - Throws: What is wrong with it.
    public static func parse(_ text: String) throws(GrantFault) -> [Grant] {
        guard let colon = text.firstIndex(of: ":") else { throw .noPattern }
        let pattern: GroupPattern
        do {
            pattern = try GroupPattern(String(text[text.index(after: colon)...]))
        } catch {
            throw .pattern(error)
        }
        var grants: [Grant] = []
        for name in text[..<colon].split(separator: ",", omittingEmptySubsequences: false) {
            for action in try actions(String(name)) {
                let grant = Grant(action, pattern)
                if !grants.contains(grant) { grants.append(grant) }
            }
        }
        return grants
    }

    /// Reads several texts.
    ///
    /// - Parameter texts: Each as ``parse(_:)-(String)`` has it.
    /// - Returns: All their grants.
    /// - Throws: What is wrong with the first that cannot be read.
    public static func parse(_ texts: [String]) throws(GrantFault) -> [Grant] {
        var grants: [Grant] = []
        for text in texts { grants += try parse(text) }
        guard grants.count <= maxCount else { throw .tooMany }
        return grants
    }

    private static func actions(_ name: String) throws(GrantFault) -> [Action] {
        if name == allActions { return Action.allCases }
        guard let action = Action(rawValue: name) else { throw .action(name) }
        return [action]
    }
}

/// What is wrong with the text of a grant.
public enum GrantFault: Error, Equatable, Sendable {
    case noPattern
    case action(String)
    case pattern(GroupNameError)
    case tooMany

    /// What to tell the one who wrote it.
    public var message: String {
        switch self {
        case .noPattern: "a grant is written as in publish,subscribe:stock:**"
        case .action(let name):
            "\"\(name.prefix(32))\" is none of "
                + (Action.allCases.map(\.rawValue) + [Grant.allActions]).joined(separator: ", ")
        case .pattern(let error): error.message
        case .tooMany: "there may be \(Grant.maxCount) grants, one for each action and pattern"
        }
    }
}
