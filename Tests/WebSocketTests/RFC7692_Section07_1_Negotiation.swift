import Testing

@testable import WebSocket

@Suite("RFC 7692 §7.1 Negotiating permessage-deflate")
struct RFC7692_Section07_1_Negotiation {
    /// `s`, `c`: takeover is off for the server, for the client; the numbers are the windows.
    private static func parameters(
        s: Bool = false, _ server: Int = 15, c: Bool = false, _ client: Int = 15
    ) -> DeflateParameters {
        DeflateParameters(
            server: .init(noContextTakeover: s, maxWindowBits: server),
            client: .init(noContextTakeover: c, maxWindowBits: client))
    }

    struct ServerCase: Sendable, CustomTestStringConvertible {
        var testDescription: String { offer.isEmpty ? "(nothing)" : offer }
        var offer: String
        var wishes: DeflateParameters
        var agreed: DeflateParameters?
        var answer: String?

        init(
            _ offer: String, wishes: DeflateParameters = parameters(), _ agreed: DeflateParameters?,
            _ answer: String? = nil
        ) {
            self.offer = offer
            self.wishes = wishes
            self.agreed = agreed
            self.answer = answer
        }
    }

    @Test(
        "a server's answer to each offer",
        arguments: [
            ServerCase("", parameters(), ""),
            ServerCase("; client_max_window_bits", parameters(), ""),
            ServerCase(
                "; server_no_context_takeover", parameters(s: true),
                "; server_no_context_takeover"),
            ServerCase(
                "; client_no_context_takeover", parameters(c: true),
                "; client_no_context_takeover"),
            ServerCase(
                "; server_max_window_bits=10", parameters(10), "; server_max_window_bits=10"),
            ServerCase(
                "; server_max_window_bits=8", parameters(8), "; server_max_window_bits=8"),
            ServerCase(
                "; server_max_window_bits=15", parameters(), "; server_max_window_bits=15"),
            ServerCase(
                "; server_max_window_bits=\"10\"", parameters(10), "; server_max_window_bits=10"),
            ServerCase(
                "; client_max_window_bits=9", parameters(15, 9), "; client_max_window_bits=9"),
            // §7.1.1.1, §7.1.1.2: a server may ask for both of its own accord.
            ServerCase(
                "", wishes: parameters(s: true, c: true), parameters(s: true, c: true),
                "; server_no_context_takeover; client_no_context_takeover"),
            // §7.1.2.1: and for a narrower window of its own.
            ServerCase(
                "; server_max_window_bits=12", wishes: parameters(10), parameters(10),
                "; server_max_window_bits=10"),
            ServerCase("", wishes: parameters(10), parameters(10), "; server_max_window_bits=10"),
            // §7.1.2.2: but for a narrower one of the client's only if the client offers it.
            ServerCase("", wishes: parameters(15, 10), parameters(), ""),
            ServerCase(
                "; client_max_window_bits", wishes: parameters(15, 10), parameters(15, 10),
                "; client_max_window_bits=10"),
            ServerCase(
                "; client_max_window_bits=9", wishes: parameters(15, 10), parameters(15, 9),
                "; client_max_window_bits=9"),
            // §7.1: what must be declined.
            ServerCase("; unknown", nil),
            ServerCase("; server_no_context_takeover=1", nil),
            ServerCase("; client_no_context_takeover=true", nil),
            ServerCase("; server_max_window_bits", nil),
            ServerCase("; server_max_window_bits=7", nil),
            ServerCase("; server_max_window_bits=16", nil),
            ServerCase("; server_max_window_bits=08", nil),
            ServerCase("; client_max_window_bits=x", nil),
            ServerCase("; client_max_window_bits=99999999999999999999", nil),
            ServerCase("; client_max_window_bits; client_max_window_bits=9", nil),
            ServerCase("; server_no_context_takeover; server_no_context_takeover", nil),
        ])
    func server(_ row: ServerCase) throws {
        let offer = try #require(Extension("permessage-deflate" + row.offer))
        let agreement = row.wishes.agreed(offer: offer)
        #expect(agreement?.parameters == row.agreed)
        #expect(agreement?.answer == row.answer.map { "permessage-deflate" + $0 })
    }

    @Test(
        "a client's offer says its wishes",
        arguments: [
            (parameters(), "; client_max_window_bits"),
            (parameters(15, 10), "; client_max_window_bits=10"),
            (parameters(10), "; server_max_window_bits=10; client_max_window_bits"),
            (
                parameters(s: true, c: true),
                "; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"
            ),
        ])
    func offer(_ wishes: DeflateParameters, _ offer: String) {
        #expect(wishes.offer == "permessage-deflate" + offer)
    }

    struct ClientCase: Sendable, CustomTestStringConvertible {
        var testDescription: String { answer.isEmpty ? "(nothing)" : answer }
        var wishes: DeflateParameters
        var answer: String
        var agreed: DeflateParameters?

        init(
            _ answer: String, to wishes: DeflateParameters = parameters(),
            _ agreed: DeflateParameters?
        ) {
            self.wishes = wishes
            self.answer = answer
            self.agreed = agreed
        }
    }

    @Test(
        "what a client makes of the answer",
        arguments: [
            ClientCase("", parameters()),
            ClientCase("; server_no_context_takeover", parameters(s: true)),
            ClientCase("; client_no_context_takeover", parameters(c: true)),
            ClientCase("; server_max_window_bits=9", parameters(9)),
            ClientCase("; client_max_window_bits=9", parameters(15, 9)),
            ClientCase("", to: parameters(c: true), parameters(c: true)),
            ClientCase("", to: parameters(15, 10), parameters(15, 10)),
            ClientCase("; client_max_window_bits=9", to: parameters(15, 10), parameters(15, 9)),
            ClientCase(
                "; server_no_context_takeover", to: parameters(s: true), parameters(s: true)),
            ClientCase("; server_max_window_bits=10", to: parameters(10), parameters(10)),
            // What is no answer to the offer.
            ClientCase("", to: parameters(s: true), nil),
            ClientCase("", to: parameters(10), nil),
            ClientCase("; server_max_window_bits=11", to: parameters(10), nil),
            ClientCase("; client_max_window_bits=11", to: parameters(15, 10), nil),
            ClientCase("; client_max_window_bits", nil),
            ClientCase("; server_max_window_bits=16", nil),
            ClientCase("; unknown", nil),
            ClientCase("; server_max_window_bits=9; server_max_window_bits=9", nil),
        ])
    func client(_ row: ClientCase) throws {
        let answer = try #require(Extension("permessage-deflate" + row.answer))
        #expect(row.wishes.agreed(answer: answer) == row.agreed)
    }

    @Test("the two sides come to the same, whatever they wish")
    func agreement() throws {
        let directions = [8, 11, 15].flatMap { bits in
            [false, true].map {
                DeflateParameters.Direction(noContextTakeover: $0, maxWindowBits: bits)
            }
        }
        let wishes = directions.flatMap { server in
            directions.map { DeflateParameters(server: server, client: $0) }
        }
        for client in wishes {
            let offer = try #require(Extension(client.offer))
            for server in wishes {
                let agreement = try #require(server.agreed(offer: offer))
                let answer = try #require(Extension(agreement.answer))
                #expect(client.agreed(answer: answer) == agreement.parameters)
            }
        }
    }
}
