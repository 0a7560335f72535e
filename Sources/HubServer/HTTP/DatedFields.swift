import HTTP1

/// What every response says, made once a second (RFC 9110 §6.6.1): its date, and that it is what
/// its Content-Type says, so that no browser takes data of ours for a page or a script.
struct DatedFields {
    private var second: Int64
    private var value: CommonFields

    init(second: Int64) {
        self.second = second
        value = Self.fields(second)
    }

    /// The fields at a second since 1970.
    mutating func at(_ second: Int64) -> CommonFields {
        if second != self.second { self = DatedFields(second: second) }
        return value
    }

    private static func fields(_ second: Int64) -> CommonFields {
        CommonFields(
            IMFFixdate(secondsSince1970: second), ["X-Content-Type-Options": "nosniff"])
    }
}
