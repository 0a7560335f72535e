import CLinux

/// Random bytes of the kernel, good for keys.
public enum Random {
    /// Bytes that nobody can foretell.
    ///
    /// - Parameter count: How many.
    /// - Returns: The bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
            unsafe fill(UnsafeMutableRawBufferPointer(bytes))
            initialized = count
        }
    }

    fileprivate static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        var filled = 0
        while filled < bytes.count {
            // Cannot fail but for a signal: the pointer is good, and the pool has been filled
            // at boot (getrandom(2)). Retried, since going on without would be worse.
            let count = unsafe getrandom(
                bytes.baseAddress.unsafelyUnwrapped + filled, bytes.count - filled, 0)
            if count > 0 { filled += count }
        }
    }
}

/// The kernel's random numbers, for who takes a generator.
public struct SystemRandom: RandomNumberGenerator, Sendable {
    public init() {}

    public mutating func next() -> UInt64 {
        var value: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &value) { unsafe Random.fill($0) }
        return value
    }
}
