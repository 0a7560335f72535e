import Crypto
import Testing

@Suite("FIPS 180-4 Secure Hash Standard")
struct DigestTests {
    @Test(
        "SHA-1 of the examples of RFC 3174 §7.3 and RFC 6455 §1.3",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (
                "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
                "b37a4f2cc0624f1690f64606cf385945b2bec4ea"
            ),
        ])
    func sha1(message: String, digest: String) {
        #expect(SHA1.hash(Array(message.utf8)) == octets(digest))
    }

    @Test(
        "SHA-256 of the examples of RFC 6234 §8.5",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(message: String, digest: String) {
        #expect(SHA256.hash(Array(message.utf8)) == octets(digest))
    }
}

@Suite("RFC 2104 HMAC")
struct HMACTests {
    struct Vector: Sendable {
        var key: [UInt8]
        var message: [UInt8]
        var code: String
    }

    @Test(
        "the test cases of RFC 4231",
        arguments: [
            Vector(
                key: [UInt8](repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
                code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            Vector(
                key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
                code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            Vector(
                key: [UInt8](repeating: 0xAA, count: 20),
                message: [UInt8](repeating: 0xDD, count: 50),
                code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            Vector(
                key: [UInt8](repeating: 0xAA, count: 131),
                message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        ])
    func vectors(vector: Vector) {
        let keyed = HMACSHA256(key: vector.key)
        #expect(keyed.code(for: vector.message) == octets(vector.code))
        #expect(keyed.code(for: vector.message) == octets(vector.code), "the key stays good")
    }

    @Test("an empty key and an empty message have a code too")
    func empty() {
        #expect(
            HMACSHA256(key: []).code(for: [])
                == octets("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"))
    }

    @Test(
        "byte strings are equal if all their bytes are",
        arguments: [
            ([], [], true), ([1], [1], true), ([1], [2], false), ([1, 2], [1, 3], false),
            ([1], [], false), ([1], [1, 0], false),
        ] as [([UInt8], [UInt8], Bool)])
    func equality(one: [UInt8], other: [UInt8], isEqual: Bool) {
        #expect(constantTimeEquals(one, other) == isEqual)
    }
}
