import Glibc

/// A system call that failed.
public struct SystemError: Error, Sendable, CustomStringConvertible {
    /// The C function, as its manual page names it.
    public let call: StaticString
    /// What `errno` was.
    public let code: Int32

    /// Makes an error of what `call` left in `errno`.
    ///
    /// - Parameters:
    ///   - call: The C function, as its manual page names it.
    ///   - code: What `errno` was, above 0.
    public init(_ call: StaticString, code: Int32) {
        self.call = call
        self.code = code
    }

    public var description: String { "\(call): \(reason)" }

    /// What the C library calls `code`, such as "Connection refused".
    public var reason: String { unsafe String(cString: strerror(code)) }

    /// The result of a call that answers `-errno` when it fails.
    ///
    /// - Parameters:
    ///   - call: The C function, as its manual page names it.
    ///   - result: What it answered.
    /// - Returns: `result`, which is 0 or more.
    /// - Throws: What a negative `result` stands for.
    @discardableResult
    public static func check(_ call: StaticString, _ result: Int32) throws(SystemError) -> Int32 {
        guard result >= 0 else { throw SystemError(call, code: -result) }
        return result
    }
}

extension SystemError: Equatable {
    public static func == (one: SystemError, other: SystemError) -> Bool {
        one.code == other.code && one.call.description == other.call.description
    }
}
