import Crypto
import Testing

@Suite("NIST SP 800-38A CBC, with AES-256 and the padding of PKCS #7")
struct AESTests {
    private static let key = octets(
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    private static let vector = octets("000102030405060708090a0b0c0d0e0f")
    /// F.2.5: four blocks.
    private static let plain = octets(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
            + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
    private static let cipher = octets(
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
            + "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b")

    private func encrypt(_ plain: [UInt8]) -> [UInt8] {
        AES256CBC.encrypt(plain, key: Self.key, vector: Self.vector)
    }

    private func decrypt(_ cipher: [UInt8], vector: [UInt8] = vector) -> [UInt8]? {
        AES256CBC.decrypt(cipher, key: Self.key, vector: vector)
    }

    /// One block that decrypts to these 16 bytes: what is decrypted of a block is XORed with the
    /// vector, so that whoever chooses the vector chooses the text.
    private func vector(for wanted: [UInt8]) -> [UInt8] {
        zip(zip(Self.plain.prefix(16), Self.vector), wanted).map { $0.0 ^ $0.1 ^ $1 }
    }

    @Test("F.2.5 CBC-AES256.Encrypt, with a block of padding behind it")
    func encryption() {
        let cipher = encrypt(Self.plain)
        #expect(Array(cipher.prefix(64)) == Self.cipher)
        #expect(cipher.count == 80)
    }

    @Test("F.2.6 CBC-AES256.Decrypt, as far as each block goes, behind any other")
    func decryption() {
        for blocks in 1...4 {
            let cipher = encrypt(Array(Self.plain.prefix(blocks * 16)))
            #expect(Array(cipher.prefix(blocks * 16)) == Array(Self.cipher.prefix(blocks * 16)))
            #expect(decrypt(cipher) == Array(Self.plain.prefix(blocks * 16)))
        }
        // Without padding the last text is taken for one: it ends in 0x10, and 15 others do not.
        #expect(decrypt(Self.cipher) == nil)
    }

    @Test("every length around the edges of blocks comes back", arguments: Array(0...49) + [4096])
    func lengths(_ count: Int) {
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let cipher = encrypt(plain)
        #expect(cipher.count == (count / 16 + 1) * 16)
        #expect(decrypt(cipher) == plain)
    }

    @Test("RFC 5652 §6.3 padding: 1 to 16 bytes, each of which is their number")
    func padding() {
        let block = Array(Self.cipher.prefix(16))
        for count in 0...255 {
            for ending in 1...16 {
                // The last `ending` bytes say `count`, and those before them something else.
                let text =
                    [UInt8](repeating: 0xEE, count: 16 - ending)
                    + [UInt8](repeating: UInt8(count), count: ending)
                let isPadding = (1...16).contains(count) && count <= ending
                let found = decrypt(block, vector: vector(for: text))
                #expect(found == (isPadding ? Array(text.dropLast(count)) : nil))
            }
        }
    }

    @Test("what is no number of whole blocks is none", arguments: [0, 1, 15, 17, 31, 33, 63])
    func partial(_ count: Int) {
        #expect(decrypt(Array(Self.cipher.prefix(count))) == nil)
    }

    @Test("another key and another vector give another text, or none")
    func others() {
        let cipher = encrypt(Self.plain)
        var (key, vector) = (Self.key, Self.vector)
        key[31] ^= 1
        vector[0] ^= 1
        #expect(AES256CBC.decrypt(cipher, key: key, vector: Self.vector) != Self.plain)
        // Of another vector only the first block knows (§6.2).
        let other = decrypt(cipher, vector: vector)
        #expect(other?.first == Self.plain[0] ^ 1)
        #expect(other?.dropFirst() == Self.plain.dropFirst())
    }
}
