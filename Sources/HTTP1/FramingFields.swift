import Bytes

/// What the fields of a head say about where the message ends and what comes after it, and those
/// that are asked for each time.
///
/// The fields are gone through once. Only forms that no two implementations read differently
/// are taken: Content-Length and Transfer-Encoding stand on one line each, and alone there.
struct FramingFields {
    enum TransferCoding {
        case chunked
        /// Other codings, and `chunked` as the last.
        case unknownThenChunked
        case malformed
    }

    private(set) var host: Fields.Line?
    private(set) var hostCount = 0
    private(set) var contentType: Fields.Line?
    private(set) var length: UInt64?
    private(set) var transferCoding: TransferCoding?
    private(set) var expectsContinue = false
    private(set) var hasUnknownExpectation = false
    private var isClosing = false
    private var isKeptAlive = false

    init(_ fields: Fields) throws(Violation) {
        let octets = fields.octets
        for line in fields.lines {
            switch line.name.count {
            case 4 where octets.matches(line.name, "host"):
                host = line
                hostCount += 1
            case 6 where octets.matches(line.name, "expect"):
                readExpectations(octets, line.value)
            case 10 where octets.matches(line.name, "connection"):
                readConnectionOptions(octets, line.value)
            case 12 where contentType == nil && octets.matches(line.name, "content-type"):
                contentType = line
            case 14 where octets.matches(line.name, "content-length"):
                guard length == nil else { throw .lengthRepeated }
                length = try FramingFields.length(octets[line.value])
            case 17 where octets.matches(line.name, "transfer-encoding"):
                readTransferCoding(octets, line.value)
            default:
                break
            }
        }
    }

    /// RFC 9112 §9.3, in its order.
    func keepsAlive(in version: Version) -> Bool {
        if isClosing { return false }
        return version == .http11 || isKeptAlive
    }

    /// The number that Content-Length is (RFC 9110 §8.6).
    ///
    /// A list of equal ones is refused as well, as RFC 9112 §6.3, rule 5, allows; what 64 bits
    /// can't hold is past every limit.
    private static func length(_ value: ArraySlice<UInt8>) throws(Violation) -> UInt64 {
        guard !value.isEmpty, value.allSatisfy(ASCII.isDigit) else { throw .lengthMalformed }
        return parseDecimal(value) ?? .max
    }

    /// RFC 9112 §6.1 and §7: chunked is applied once, and last.
    private mutating func readTransferCoding(_ octets: [UInt8], _ value: Range<Int>) {
        if transferCoding == nil, octets.matches(value, "chunked") {
            transferCoding = .chunked
            return
        }
        let members = Array(ListMembers(octets, value))
        let chunked = members.filter { octets.matches($0, "chunked") }
        let isLast = members.last.map { octets.matches($0, "chunked") } ?? false
        transferCoding =
            isLast && chunked.count == 1 && members.count > 1 && transferCoding == nil
            ? .unknownThenChunked : .malformed
    }

    /// RFC 9112 §9.1: options in any case.
    private mutating func readConnectionOptions(_ octets: [UInt8], _ value: Range<Int>) {
        for member in ListMembers(octets, value) {
            if octets.matches(member, "close") { isClosing = true }
            if octets.matches(member, "keep-alive") { isKeptAlive = true }
        }
    }

    /// RFC 9110 §10.1.1: the only expectation is 100-continue.
    private mutating func readExpectations(_ octets: [UInt8], _ value: Range<Int>) {
        for member in ListMembers(octets, value) {
            if octets.matches(member, "100-continue") {
                expectsContinue = true
            } else {
                hasUnknownExpectation = true
            }
        }
    }
}
