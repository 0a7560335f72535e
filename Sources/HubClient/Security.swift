import Log
import TLS
import Transport

extension HubAddress {
    /// What stands over a socket to the hub; `nil` for an address without TLS.
    ///
    /// - Parameter context: Whom is trusted, and what sessions there are to resume.
    /// - Returns: The layer, with its first bytes to send.
    func makeLayer(_ context: ClientContext) -> SecureLayer? {
        guard isSecure, case .tcp(let host, _) = endpoint else { return nil }
        let session = context.sessions.take(for: endpoint)
        let connector = context.connector ?? .system
        return SecureLayer(connector.makeEndpoint(for: host, resuming: session))
    }

    /// Why TLS could not be agreed on: which check failed, and what may mend it.
    ///
    /// - Parameter layer: The layer, after it has failed.
    /// - Returns: Words for people; `nil` where the layer has not failed.
    func explain(_ layer: SecureLayer) -> String? {
        guard let failure = layer.failure else { return nil }
        let reason =
            switch failure.kind {
            case .notTLS: "it does not speak TLS at this port; write http:// or ws://"
            case .nothingShared:
                "it has no version of TLS, cipher or protocol in common with us (\(failure.reason))"
            case .certificate(let fault):
                explain(fault, failure.reason, layer.endpoint.peerCertificate)
            case .alert(let number): explain(alert: number, failure.reason)
            case .violation: "the handshake of TLS failed (\(failure.reason))"
            }
        return "cannot trust \(text): \(reason)"
    }

    private func explain(
        _ fault: CertificateFault, _ reason: String, _ certificate: Certificate?
    ) -> String {
        switch fault {
        case .unknownAuthority:
            return "its certificate is signed by nobody whom this machine trusts (\(reason)); "
                + "give the certificate of who signed it by --cacert FILE"
        case .expired:
            let end = certificate.map { " at \(Self.time($0.notAfter))" } ?? ""
            return "its certificate has expired\(end); the hub's operator has to renew it"
        case .notYetValid:
            let start = certificate.map { " before \(Self.time($0.notBefore))" } ?? ""
            return "its certificate does not hold good\(start); is this machine's clock right?"
        case .wrongName:
            let names = certificate?.describedNames.joined(separator: ", ") ?? ""
            return "its certificate is for \(names.isEmpty ? "no name" : names); "
                + "write a name that it is for in the URL"
        case .missing, .unsuitable: return "its certificate cannot be used (\(reason))"
        }
    }

    /// RFC 8446 §6.2: 40 to 48 are of certificates, 116 asks for one.
    private func explain(alert: UInt8, _ reason: String) -> String {
        switch alert {
        case 116:
            "it asks for a client's certificate; give --client-cert FILE and --client-key FILE"
        case 40...48: "it does not take our certificate, or has none for this name (\(reason))"
        default: "it broke the handshake of TLS off (\(reason))"
        }
    }

    private static func time(_ seconds: Int64) -> String {
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        return Timestamp(milliseconds: milliseconds.overflow ? 0 : milliseconds.partialValue)
            .rfc3339
    }
}
