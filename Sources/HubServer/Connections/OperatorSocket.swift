import Bytes
import Glibc
import HTTP1

/// A hub that runs, asked by the socket file in its data directory.
enum OperatorSocket {
    /// Sends one request and waits for its answer.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: The path.
    ///   - body: JSON.
    ///   - path: The socket file.
    /// - Returns: Status and body; `nil` where nobody listens.
    /// - Throws: Where the answer is cut short.
    static func exchange(
        _ method: HTTP1.Method, _ target: String, _ body: [UInt8], path: String
    ) throws(StartFault) -> (status: UInt16, body: [UInt8])? {
        guard let descriptor = connect(path) else { return nil }
        defer { close(descriptor) }
        var request: [UInt8] = []
        request.append(
            utf8:
                "\(method.rawValue) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n")
        request += body
        while !request.isEmpty {
            let count = unsafe write(descriptor, request, request.count)
            guard count > 0 else { throw StartFault("keys: the hub has hung up") }
            request.removeFirst(count)
        }
        return try answer(readAll(descriptor))
    }

    private static func connect(_ path: String) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard bytes.count < place.count else { return false }
            unsafe place.copyBytes(from: bytes)
            return true
        }
        guard fits else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, length)
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func readAll(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Status and body of a response with a length, up to whose end the connection lasts.
    private static func answer(
        _ bytes: [UInt8]
    ) throws(StartFault) -> (status: UInt16, body: [UInt8]) {
        let text = String(lossyUTF8: bytes)
        guard let end = text.firstRange(of: "\r\n\r\n"),
            let status = parseDecimal(text.dropFirst(9).prefix(3).utf8),
            let code = UInt16(exactly: status)
        else { throw StartFault("keys: the hub has not answered") }
        return (code, Array(text[end.upperBound...].utf8))
    }
}
