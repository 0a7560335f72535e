import Bytes
import Foundation
import Testing

@Suite("RFC 4648 Base64")
struct Base64Tests {
    @Test(
        "§10 test vectors",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func vectors(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test("every length and octet agrees with Foundation")
    func oracle() {
        for count in 0...70 {
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(Base64.encode(octets) == Data(octets).base64EncodedString())
            #expect(Base64.decode(Base64.encode(octets)) == octets)
            #expect(Base64.decodeURL(Base64.encodeURL(octets)) == octets)
        }
    }

    @Test(
        "what is not strictly base64 is refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Z g=", "Zm9v\n", "Zm-_", "=Zg=",
        ])
    func refused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("the URL alphabet has no padding", arguments: ["Zg==", "Zm+/", "A", "Zh"])
    func refusedURL(_ text: String) {
        #expect(Base64.decodeURL(text) == nil)
    }
}
