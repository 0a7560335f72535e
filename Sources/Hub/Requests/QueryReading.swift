import Bytes
import HTTP1
import Log

// Parameters of the query, each with what is wrong with it.
extension Request {
    /// A parameter of the query that is `true` or `false`; `nil` where it is not given.
    func flag(_ name: String) throws(Problem) -> Bool? {
        switch head.target.queryValue(name) {
        case nil: return nil
        case "true", "1": return true
        case "false", "0": return false
        case let text?:
            throw Problem(
                .invalidParameter, "\(name): \"\(text.prefix(64))\" is neither true nor false")
        }
    }

    /// A parameter of the query that is to be a whole number within bounds.
    func number(_ name: String, in range: ClosedRange<Int>, default value: Int) throws(Problem)
        -> Int
    {
        guard let text = head.target.queryValue(name) else { return value }
        guard let number = parseDecimal(text.utf8), let number = Int(exactly: number),
            range.contains(number)
        else {
            throw Problem(
                .invalidParameter,
                "\(name): \"\(text.prefix(64))\" is not a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// How many rows a page is to have at the most.
    ///
    /// - Parameters:
    ///   - count: Where the query does not say.
    ///   - most: What it may ask for.
    /// - Returns: The number.
    /// - Throws: 400, where it is none of these.
    func limit(
        default count: Int = RecordPage.defaultCount, most: Int = RecordPage.maxCount
    ) throws(Problem) -> Int {
        try number("limit", in: 1...most, default: count)
    }

    /// One of some words in the query.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = head.target.queryValue(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .invalidParameter, "\(name): \"\(text.prefix(64))\" is none of \(known)")
        }
        return choice
    }

    /// A moment in the query: RFC 3339, or a day, which is taken for its beginning in UTC.
    ///
    /// - Parameters:
    ///   - name: The parameter.
    ///   - dayEnds: Whether a day is taken for its end.
    /// - Returns: The moment; `nil` where it is not given.
    /// - Throws: 400, where it is neither.
    func moment(_ name: String, dayEnds: Bool = false) throws(Problem) -> Timestamp? {
        guard let text = head.target.queryValue(name) else { return nil }
        if text.utf8.count == 10, let day = Timestamp(rfc3339: "\(text)T00:00:00Z") {
            return dayEnds ? day + .seconds(86_400) : day
        }
        guard let moment = Timestamp(rfc3339: text) else {
            throw Problem(
                .invalidParameter,
                "\(name): \"\(text.prefix(64))\" is neither a day such as 2026-01-15 nor a time such as 2026-01-15T10:00:00Z"
            )
        }
        return moment
    }
}
