/// One direction of permessage-deflate, as its receiver sees it (RFC 7692 §6.2).
///
/// This module knows what a compressed message is, but not how to inflate one: that needs a C
/// library, and stands in a module of its own.
public protocol MessageInflater: AnyObject {
    /// Inflates the next bytes of a message.
    ///
    /// - Parameters:
    ///   - compressed: A piece of the message's payload, cut anywhere.
    ///   - message: Where to append all that it inflates to.
    ///   - limit: How long `message` may become, in bytes.
    /// - Throws: `.invalidDeflate`; `.messageTooBig` before more than `limit` bytes are kept.
    func inflate(
        _ compressed: Span<UInt8>, into message: inout [UInt8], limit: Int
    ) throws(ProtocolViolation)

    /// Ends a message; the next call of `inflate` begins another.
    ///
    /// - Parameters:
    ///   - message: Where to append what was still to come.
    ///   - limit: How long `message` may become, in bytes.
    /// - Throws: `.invalidDeflate`; `.messageTooBig` before more than `limit` bytes are kept.
    func finishMessage(into message: inout [UInt8], limit: Int) throws(ProtocolViolation)
}

/// The other direction of permessage-deflate, as its sender sees it (RFC 7692 §6.1).
public protocol MessageDeflater: AnyObject {
    /// Appends the payload of a compressed message, to be sent with `isCompressed` set.
    ///
    /// - Parameters:
    ///   - message: The whole message.
    ///   - payload: Where to append its compressed form.
    func deflate(_ message: Span<UInt8>, into payload: inout [UInt8])
}
