import Bytes
import Crypto
import Settings

/// The idempotency keys of the requests of an import.
///
/// Each is made of all that came before it in the file, so that a second run of the same file has
/// the same keys without having to remember any, and another file has others.
struct ImportKeys: Equatable {
    private var digest: [UInt8]

    /// Begins a file.
    ///
    /// - Parameter request: What sets imports of the same file apart.
    init(_ request: ClientAction.Import) {
        digest = SHA256.hash(
            Array(
                "\(request.kind.rawValue)\n\(request.mode.rawValue)\n\(request.batchRows)\n\(request.key ?? "")"
                    .utf8))
    }

    /// The key of the next request.
    ///
    /// - Parameter body: What it sends.
    /// - Returns: Visible ASCII.
    mutating func next(_ body: [UInt8]) -> String {
        digest = SHA256.hash(digest + body)
        var hex: [UInt8] = []
        hex.append(hex: digest.prefix(16))
        return "import-\(String(lossyUTF8: hex))"
    }
}
