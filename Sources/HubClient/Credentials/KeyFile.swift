import Reactor

/// The file of a key: its first line, in a file that nobody but its owner can read.
enum KeyFile {
    /// More than a key and its explanation.
    private static let maxBytes = 65_536

    /// Reads it for the first time; a pipe, as of `<(pass show hub)`, will do.
    static func token(at path: String) throws(KeyFileFault) -> BearerToken {
        try read { () throws(SystemError) in try Files.secret(path, limit: maxBytes) }
    }

    /// Reads it again; `nil` for a pipe, which has nothing more to give.
    static func tokenAgain(at path: String) throws(KeyFileFault) -> BearerToken? {
        do throws(SystemError) {
            guard try Files.isPlainFile(path) else { return nil }
        } catch {
            throw KeyFileFault(error)
        }
        return try token(at: path)
    }

    /// Reads the first line of standard input.
    static func tokenOfStandardInput() throws(KeyFileFault) -> BearerToken {
        try read { () throws(SystemError) in try Files.readAll(0, limit: maxBytes) }
    }

    private static func read(
        _ content: () throws(SystemError) -> [UInt8]?
    ) throws(KeyFileFault) -> BearerToken {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try content()
        } catch {
            throw KeyFileFault(error)
        }
        guard let bytes else { throw .isOpenToOthers }
        do throws(BearerToken.Fault) {
            return try BearerToken(firstLineOf: bytes)
        } catch {
            throw .noToken(error)
        }
    }
}

/// Why a file gives no key.
enum KeyFileFault: Error, Equatable {
    case unreadable(String)
    /// Its mode lets others read it.
    case isOpenToOthers
    case noToken(BearerToken.Fault)

    init(_ error: SystemError) { self = .unreadable(error.reason) }

    /// What is wrong, and the mend.
    ///
    /// - Parameter path: The file, as it was named.
    /// - Returns: Words for people.
    func describe(_ path: String) -> String {
        switch self {
        case .unreadable(let reason): "cannot read \"\(path)\": \(reason)"
        case .isOpenToOthers: "others can read the key in \"\(path)\"; chmod 600 \(path)"
        case .noToken(let fault): "\"\(path)\" \(fault)"
        }
    }
}
