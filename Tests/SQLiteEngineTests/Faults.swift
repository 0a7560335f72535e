import CFaultVFS
import Foundation

/// A disk that fails when it is told to.
///
/// The VFS stays registered until the process ends, as SQLite wants it.
struct Faults: Sendable {
    enum Operation { case write, sync, any }

    let name = "fault-" + UUID().uuidString

    init() { unsafe faultvfs_register(name) }

    /// Lets the `nth` operation from now fail, and all that follow if it `stays`.
    func fail(_ operation: Operation, nth: Int, code: Int32, stays: Bool = false) {
        let operations =
            switch operation {
            case .write: FAULTVFS_WRITE.rawValue
            case .sync: FAULTVFS_SYNC.rawValue
            case .any: FAULTVFS_WRITE.rawValue | FAULTVFS_SYNC.rawValue
            }
        unsafe faultvfs_fail(name, Int32(operations), nth, code, stays ? 1 : 0)
    }

    func mend() { unsafe faultvfs_fail(name, 0, 0, 0, 0) }

    /// Whether something has failed since it was told to.
    var hasFailed: Bool { unsafe faultvfs_has_failed(name) != 0 }
}
