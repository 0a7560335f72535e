import WebSocket

/// Every way to cut `octets` into two pieces, and once byte by byte.
///
/// A reader that gives the same answer for all of them does not depend on how the network cut
/// the stream.
func everySplit(of octets: [UInt8]) -> [[[UInt8]]] {
    (0...octets.count).map { [Array(octets[..<$0]), Array(octets[$0...])] } + [octets.map { [$0] }]
}

/// All that a ``MessageReader`` made of some bytes.
struct Reading: Equatable {
    var incoming: [Incoming] = []
    var violation: ProtocolViolation?
    /// How many pieces were read when the violation showed, or all of them.
    var piecesRead = 0

    init(
        _ pieces: [[UInt8]], by role: Role = .server, limits: MessageReader.Limits = .generous,
        inflater: (any MessageInflater)? = nil
    ) {
        var reader = MessageReader(role: role, limits: limits, inflater: inflater)
        do {
            for piece in pieces {
                piecesRead += 1
                var offset = 0
                while let next = try reader.next(piece.span, from: &offset) {
                    incoming.append(next)
                }
            }
        } catch {
            violation = error
        }
    }

    init(_ incoming: [Incoming], _ violation: ProtocolViolation? = nil) {
        self.incoming = incoming
        self.violation = violation
    }

    static func == (left: Reading, right: Reading) -> Bool {
        left.incoming == right.incoming && left.violation == right.violation
    }
}

extension MessageReader.Limits {
    static let generous = MessageReader.Limits(maxFrameBytes: 1 << 20, maxMessageBytes: 1 << 20)
}

/// The words in which the tables below spell frames; a client's, and so masked, if no one else's.
func frame(
    _ opcode: Opcode, _ payload: [UInt8] = [], isFinal: Bool = true, rsv: ReservedBits = [],
    key: MaskingKey? = MaskingKey(rawValue: 0x37FA_213D)
) -> [UInt8] {
    var octets: [UInt8] = []
    FrameWriter.append(opcode, payload, isFinal: isFinal, maskingKey: key, to: &octets)
    octets[0] |= rsv.rawValue
    return octets
}

func frame(_ opcode: Opcode, _ text: String, isFinal: Bool = true) -> [UInt8] {
    frame(opcode, Array(text.utf8), isFinal: isFinal)
}

/// A Close with a body of these octets, right or wrong.
func closeFrame(_ body: [UInt8]) -> [UInt8] { frame(.close, body) }

func closeFrame(_ code: UInt16, _ reason: String = "") -> [UInt8] {
    closeFrame([UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
}

extension Incoming {
    static func text(_ text: String) -> Incoming { .text(Array(text.utf8)) }
    static func pong(_ text: String) -> Incoming { .pong(Array(text.utf8)) }
    static func ping(_ text: String) -> Incoming { .ping(Array(text.utf8)) }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
