extension FrameHeader {
    /// Holds a header to every rule that a header alone can break, in the order of the RFC.
    ///
    /// - Parameters:
    ///   - receiver: The side that received it.
    ///   - isFragmented: Whether a fragmented message is under way (§5.4).
    ///   - isCompressible: Whether permessage-deflate is in use, which gives RSV1 a meaning.
    ///   - maxFrameBytes: The longest payload taken.
    /// - Throws: The first rule that it breaks.
    func check(
        receivedBy receiver: Role, isFragmented: Bool, isCompressible: Bool, maxFrameBytes: Int
    ) throws(ProtocolViolation) {
        // §5.1: "The server MUST close the connection upon receiving a frame that is not
        // masked", and "A client MUST close a connection if it detects a masked frame."
        guard (maskingKey != nil) == (receiver == .server) else { throw .wrongMasking }

        // §5.2: RSV bits "MUST be 0 unless an extension is negotiated that defines meanings
        // for non-zero values"; RFC 7692 §6.1: RSV1 is set on a message's first frame only.
        let beginsMessage = opcode == .text || opcode == .binary
        let defined: ReservedBits = isCompressible && beginsMessage ? .rsv1 : []
        guard reservedBits.isSubset(of: defined) else { throw .reservedBitSet }

        if opcode.isControl {
            // §5.5: control frames "MUST have a payload length of 125 bytes or less and MUST
            // NOT be fragmented".
            guard payloadLength <= 125 else { throw .controlFrameTooLong }
            guard isFinal else { throw .controlFrameFragmented }
        } else {
            // §5.4: "The fragments of one message MUST NOT be interleaved between the
            // fragments of another message".
            guard isFragmented == (opcode == .continuation) else { throw .unexpectedDataFrame }

            // §10.4: implementations "MUST protect themselves against exceeding" limits on
            // frame size.
            guard payloadLength <= maxFrameBytes else { throw .messageTooBig }
        }
    }
}
