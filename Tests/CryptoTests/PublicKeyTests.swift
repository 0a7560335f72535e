import Crypto
import Testing

/// RFC 7515 §A.2, §A.3 and RFC 8037 §A.4, and what must not be taken.
@Suite("Signatures of JWS, and the public keys that they are verified with")
struct PublicKeyTests {
    /// A key, what it has signed, and the signature.
    struct Example: Sendable, CustomTestStringConvertible {
        var name: String
        var kind: PublicKey.Kind
        var makeKey: @Sendable () -> PublicKey?
        var message: String
        var signature: String
        var testDescription: String { name }
    }

    private static let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private static let modulus = base64url(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt"
            + "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX"
            + "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5"
            + "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")
    private static let x = base64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
    private static let y = base64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
    private static let edwards = base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    /// Made for the two that follow: numbers of a signature that begin with a zero.
    private static let ours = [
        base64url("X4RnQ3LQ6efxcg8Lm60LYTPipTpdPIVl8bd7izyGwNY"),
        base64url("OVrST-rbdHqZ_hCXxnuDTjUVxoEHxYREjMbHOd_DdUg"),
    ]

    static let examples = [
        Example(
            name: "RFC 7515 §A.2 RS256", kind: .rsa,
            makeKey: { PublicKey(rsaModulus: modulus, exponent: [1, 0, 1]) },
            message: "eyJhbGciOiJSUzI1NiJ9." + payload,
            signature:
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt"
                + "_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArL"
                + "IARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7no"
                + "OPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
                + "Ge77Rw"),
        Example(
            name: "RFC 7515 §A.3 ES256", kind: .p256, makeKey: { PublicKey(p256X: x, y: y) },
            message: "eyJhbGciOiJFUzI1NiJ9." + payload,
            signature:
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        ),
        Example(
            name: "RFC 8037 §A.4 Ed25519", kind: .ed25519,
            makeKey: { PublicKey(ed25519: edwards) },
            message: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            signature:
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        ),
        Example(
            name: "ES256, r with a zero in front", kind: .p256,
            makeKey: { PublicKey(p256X: ours[0], y: ours[1]) }, message: "1371",
            signature:
                "AMtLaqcavYmfCFALH1q9zQYQbzE6nFBubB2l871yqLRiMeqfJn6mx1LNOO1jmoX7AYGhga3fRSmOQlVYZAb2mA"
        ),
        Example(
            name: "ES256, s with a zero in front", kind: .p256,
            makeKey: { PublicKey(p256X: ours[0], y: ours[1]) }, message: "6",
            signature:
                "svASfYCwt0S43Morwp5wMOUcVhYl1pBmjXrjku3ImBgAB0asS1QGVwnTQX5FcfV2QMEO0FIwIHCRxdcYc0xezw"
        ),
    ]

    @Test("a signature fits its message under its key, and nothing else does", arguments: examples)
    func verification(_ example: Example) throws {
        let key = try #require(example.makeKey())
        let (message, signature) = (Array(example.message.utf8), base64url(example.signature))
        #expect(key.kind == example.kind)
        #expect(key.verify(signature, of: message))
        #expect(!key.verify(signature, of: message + [0x20]))
        #expect(!key.verify(signature, of: []))
        for bit in stride(from: 0, to: signature.count * 8, by: 7) {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.verify(changed, of: message))
        }
        for wrong in [[], [0], Array(signature.dropLast()), signature + [0], [0] + signature] {
            #expect(!key.verify(wrong, of: message))
        }
        let zeros = [UInt8](repeating: 0, count: signature.count)
        #expect(!key.verify(zeros, of: message))
        #expect(!key.verify(zeros.map { _ in 0xFF }, of: message))
        for other in try Self.examples.map({ try #require($0.makeKey()) })
        where other.encoded != key.encoded {
            #expect(!other.verify(signature, of: message))
        }
    }

    @Test("RFC 7518 §3.4: ES256 is two numbers of 32 bytes, and not what X.509 has (DER)")
    func noDER() throws {
        let example = Self.examples[1]
        let numbers = base64url(example.signature)
        let der =
            [0x30, 69, 0x02, 32] + numbers[..<32] + [0x02, 33, 0] + numbers[32...]
        #expect(try !#require(example.makeKey()).verify(der, of: Array(example.message.utf8)))
    }

    @Test("the same key is the same, however it was read, and no other")
    func encoding() throws {
        let keys = try Self.examples.prefix(3).map { try #require($0.makeKey()).encoded }
        #expect(Set(keys).count == 3)
        #expect(try Self.examples.prefix(3).map { try #require($0.makeKey()).encoded } == keys)
        let read = try #require(PublicKey.keys(pem: Array((Self.p256 + Self.ed25519).utf8)))
        #expect(Set(keys + read.map(\.encoded)).count == 5)
        #expect(keys.allSatisfy { !$0.isEmpty })
    }

    // MARK: What is no key

    @Test("a point is 32 bytes twice, and on the curve")
    func points() {
        let (x, y) = (Self.x, Self.y)
        #expect(PublicKey(p256X: x, y: y) != nil)
        #expect(PublicKey(p256X: y, y: x) == nil)
        #expect(PublicKey(p256X: x, y: x) == nil)
        #expect(PublicKey(p256X: Array(x.dropFirst()), y: y) == nil)
        #expect(PublicKey(p256X: [0] + x, y: y) == nil)
        #expect(PublicKey(p256X: [], y: []) == nil)
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(PublicKey(p256X: zeros, y: zeros) == nil)  // the point at infinity is no key
        #expect(PublicKey(p256X: zeros.map { _ in 0xFF }, y: y) == nil)  // past the field
    }

    @Test("a key of Ed25519 is 32 bytes", arguments: [0, 31, 33, 64])
    func edwardsLength(_ count: Int) {
        #expect(PublicKey(ed25519: [UInt8](repeating: 9, count: count)) == nil)
    }

    @Test("RFC 7518 §3.3: RSA has 2048 bits at least; and no more than work can be done for")
    func rsaLength() {
        func key(bits: Int) -> PublicKey? {
            let octets = (bits + 7) / 8
            var modulus = [UInt8](repeating: 0xFF, count: octets)
            if !bits.isMultiple(of: 8) { modulus[0] = 0xFF >> (8 - bits % 8) }
            return PublicKey(rsaModulus: modulus, exponent: [1, 0, 1])
        }
        #expect(
            [2047, 2048, 2049, 8192].map { key(bits: $0) != nil } == [false, true, true, true])
        #expect([0, 8, 1024, 8193, 8200, 16_384].allSatisfy { key(bits: $0) == nil })
        #expect(PublicKey(rsaModulus: [0] + Self.modulus, exponent: [1, 0, 1]) != nil)
        #expect(
            PublicKey(rsaModulus: Self.modulus, exponent: [UInt8](repeating: 1, count: 9)) == nil)
    }

    // MARK: PEM

    private static func pem(_ lines: String...) -> String {
        (["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----", ""])
            .joined(separator: "\n")
    }

    private static let p256 = pem(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY7OMCevpqg7y2410IHJCY2H/Wx6L",
        "hxtQTR9dIr/XMvYRReQbAlWBIvrjxr1bJ4YcfVqJRB7o3Wqq9VZNfa3xHA==")
    private static let ed25519 = pem(
        "MCowBQYDK2VwAyEAxNe594rGbsZc0l3cV1cxfSPip2zqy3WFPO9ut7JZloI=")
    private static let others = [
        pem(  // P-384
            "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEdp0z6fDUtP5AVrZ4Dt6+oX7Tjx45MTB/",
            "HNI5JKJcxO5lgWHDsLz46AKdFMQS67cnyreh5x7hovjulYYYZf4meKSPx4GHXHoM",
            "lSCerUV6RU1oY5txnLDqWSTfnTw7uVSq"),
        pem("MCowBQYDK2VuAyEAaQIccCTyJjEifH8+g18SmTie+rkb9y4rN32+0aW65jI="),  // X25519
        pem(  // RSA of 1024 bits
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDb6CAafzdtfkUENXq8aqpxW+qC",
            "aUWBjELsy2FoweBhJPNde+qM47el4AQ2t1Y4itVcVntuaRaCukd5pMmbLom6HPfU",
            "vZTUe7zJwPkwEBy6L+EuMOqVXwR0+DEQTuIs9h2qlwx7AhHH7MEju4mmtnVMTr83",
            "TceEW164m1ye5/SI1QIDAQAB"),
    ]

    @Test("RFC 7468: keys behind each other, with other text between them")
    func several() {
        func kinds(_ text: String) -> [PublicKey.Kind]? {
            PublicKey.keys(pem: Array(text.utf8))?.map(\.kind)
        }
        #expect(kinds(Self.p256) == [.p256])
        #expect(kinds("the old:\n\(Self.ed25519)the new:\n\(Self.p256)") == [.ed25519, .p256])
        #expect(kinds("") == nil)
        #expect(kinds("-----BEGIN PUBLIC KEY-----\n") == nil)
        for other in Self.others {
            #expect(kinds(other) == nil)
            #expect(kinds(Self.p256 + other) == nil)  // not the half of a file
        }
    }
}
