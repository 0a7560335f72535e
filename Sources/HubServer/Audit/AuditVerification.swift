import Audit
import Crypto
import Glibc
import Reactor

/// Verifies the files of an audit log; while a hub writes to the last of them, too.
public enum AuditVerification {
    /// Reads files, and holds each line to the one before it.
    ///
    /// - Parameter files: Their paths, oldest first.
    /// - Returns: What there is to say of a chain that is whole.
    /// - Throws: The first line that is broken, or a file that cannot be read.
    public static func run(_ files: [String]) throws(StartFault) -> String {
        var verifier = Verifier(digest: SHA256.hash)
        do throws(AuditFailure) {
            for file in files { try read(file, into: &verifier) }
            do throws(Verifier.Fault) {
                try verifier.finish()
            } catch {
                throw .broken(error)
            }
        } catch {
            switch error {
            case .broken(let fault):
                throw StartFault("\(files[fault.file]):\(fault.line): \(fault.reason.rawValue)")
            case .unreadable(let file, let reason):
                throw StartFault("cannot read \"\(file)\": \(reason)")
            }
        }
        guard let first = verifier.first, let last = verifier.last else {
            return "0 lines\n"
        }
        return "\(verifier.lineCount) lines, \(first.number + 1) to \(last.number), are whole\n"
            + "last hash \(last.hash)\n"
    }

    private enum AuditFailure: Error {
        case broken(Verifier.Fault)
        case unreadable(String, String)
    }

    private static func read(
        _ path: String, into verifier: inout Verifier
    ) throws(AuditFailure) {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else { throw unreadable(path) }
        let descriptor = FileDescriptor(owning: number)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        do throws(Verifier.Fault) {
            try verifier.beginFile()
        } catch {
            throw .broken(error)
        }
        while true {
            let count = unsafe Glibc.read(descriptor.rawValue, &buffer, buffer.count)
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return }
            do throws(Verifier.Fault) {
                try verifier.take(buffer[..<count])
            } catch {
                throw .broken(error)
            }
        }
    }

    private static func unreadable(_ path: String) -> AuditFailure {
        .unreadable(path, SystemError("open", code: errno).reason)
    }
}
