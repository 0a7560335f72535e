import Audit
import Crypto
import Log

let digest: Digest = { SHA256.hash($0) }

func entry(_ number: Int, did: String = "POST /tasks") -> Entry {
    Entry(
        at: Timestamp(milliseconds: 1_768_471_200_123), who: "caja-\(number)",
        from: "127.0.0.1:5000", did: did, on: "/tasks", outcome: "201", milliseconds: 3)
}

let opening = Entry(
    hub: Entry.opening, at: Timestamp(milliseconds: 0), on: "campanad 1", outcome: "new")

/// Lines of a chain, the first of which opens it.
func lines(_ count: Int, after last: Link = .start) -> [[UInt8]] {
    var chain = Chain(after: last, digest: digest)
    return (0..<count).map { chain.line($0 == 0 ? opening : entry($0)) }
}

func file(_ lines: [[UInt8]]) -> [UInt8] { lines.flatMap { $0 + [0x0A] } }

/// What a verifier says of files.
func verify(_ files: [UInt8]...) -> Result<Verifier, Verifier.Fault> {
    verify(files) { [$0] }
}

func verify(
    _ files: [[UInt8]], split: ([UInt8]) -> [[UInt8]]
) -> Result<Verifier, Verifier.Fault> {
    var verifier = Verifier(digest: digest)
    do throws(Verifier.Fault) {
        for file in files {
            try verifier.beginFile()
            for piece in split(file) { try verifier.take(piece) }
        }
        try verifier.finish()
        return .success(verifier)
    } catch {
        return .failure(error)
    }
}

extension Result where Success == Verifier, Failure == Verifier.Fault {
    var fault: Verifier.Fault? { if case .failure(let fault) = self { fault } else { nil } }
    var lineCount: Int? {
        if case .success(let verifier) = self { verifier.lineCount } else { nil }
    }
}
