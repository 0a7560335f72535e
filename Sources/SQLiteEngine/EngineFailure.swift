import Log
import SQLite

extension EngineError {
    /// What a failed call to SQLite means to the engine's callers.
    init(_ error: SQLiteError) {
        self =
            switch error.kind {
            case .full: .full
            case .corrupt, .notADatabase: .corrupt(error.description)
            case .busy, .readOnly, .cannotOpen, .io, .other: .unavailable(error.description)
            }
    }
}

extension StartError {
    /// What a failed call to SQLite means at the start.
    init(_ error: SQLiteError, path: String) {
        self =
            switch error.kind {
            case .full: .full(path: path)
            case .corrupt: .corrupt(path: path, reason: error.message)
            case .notADatabase: .notADatabase(path: path)
            case .readOnly, .cannotOpen: .notWritable(path: path, reason: error.message)
            case .busy: .locked(path: path, process: nil)
            case .io, .other: .failed(path: path, reason: error.description)
            }
    }
}
