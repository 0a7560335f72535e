import Bytes
import Testing

@Suite("ASCII")
struct ASCIITests {
    @Test("classes are exactly those of RFC 5234 and RFC 9110 §5.6.2")
    func classes() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789".utf8)
        for octet in UInt8.min...UInt8.max {
            let scalar = Unicode.Scalar(octet)
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            #expect(ASCII.isAlpha(octet) == isLetter)
            #expect(ASCII.isLowercase(octet) == ("a"..."z").contains(scalar))
            #expect(ASCII.isDigit(octet) == ("0"..."9").contains(scalar))
            #expect(ASCII.isToken(octet) == (isLetter || tokens.contains(octet)))
            #expect(
                ASCII.hexValue(octet)
                    == (octet < 128 ? Character(scalar).hexDigitValue.map(UInt8.init) : nil))
            let isUpper = ("A"..."Z").contains(scalar)
            #expect(ASCII.lowercased(octet) == (isUpper ? octet + 32 : octet))
        }
    }

    @Test("octets are written as two digits each")
    func hex() {
        var octets: [UInt8] = []
        octets.append(hex: [0x00, 0x0F, 0xA9, 0xFF])
        #expect(octets == Array("000fa9ff".utf8))
    }
}
