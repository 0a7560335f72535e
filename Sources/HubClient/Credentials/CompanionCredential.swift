import Settings

// The key that the companion was given.
extension Companion {
    /// What to show to the hub; `nil` where nothing was given.
    ///
    /// - Parameter hub: The hub of `--url`.
    /// - Returns: The credential, which nobody but that hub is shown.
    /// - Throws: Why it cannot be used, and the mend.
    func credential(for hub: HubAddress) throws(CompanionError) -> Credential? {
        guard let (token, source) = try givenToken() else { return nil }
        guard hub.isPrivate || invocation.isKeyInClear else {
            throw CompanionError(
                .usage,
                "\(source.place): \(hub.text) would carry the key through the network in clear; "
                    + "write https://, or give --key-in-clear where nobody listens")
        }
        return Credential(token, from: source, for: hub)
    }

    private func givenToken() throws(CompanionError) -> (BearerToken, Credential.Source)? {
        if let key = invocation.key {
            do throws(BearerToken.Fault) {
                return (try BearerToken(firstLineOf: Array(key.utf8)), .variable)
            } catch {
                throw CompanionError(
                    .usage, "\(ClientInvocation.keyVariable): the variable \(error)")
            }
        }
        guard let path = invocation.keyFile else { return nil }
        do throws(KeyFileFault) {
            guard path == "-" else { return (try KeyFile.token(at: path), .file(path)) }
        } catch {
            throw CompanionError(.usage, "--key-file: \(error.describe(path))")
        }
        return (try tokenOfStandardInput(), .standardInput)
    }

    private func tokenOfStandardInput() throws(CompanionError) -> BearerToken {
        guard !invocation.action.readsStandardInput else {
            throw CompanionError(
                .usage, "--key-file -: standard input holds the data already; name a file")
        }
        guard !Files.isTerminal(0) else {
            throw CompanionError(
                .usage,
                "--key-file -: a terminal would show the key; send it through a pipe, "
                    + "as in: pass show hub | campana --key-file - status")
        }
        do throws(KeyFileFault) {
            return try KeyFile.tokenOfStandardInput()
        } catch {
            throw CompanionError(.usage, "--key-file -: \(error.describe("standard input"))")
        }
    }
}

extension Credential.Source {
    /// Where its fault is to be mended.
    fileprivate var place: String {
        switch self {
        case .variable: ClientInvocation.keyVariable
        case .standardInput, .file: "--key-file"
        }
    }
}

extension ClientAction {
    /// Whether standard input is what it works on.
    fileprivate var readsStandardInput: Bool {
        switch self {
        case .publish(let request): request.data == .standardInput
        case .importFile(let request): request.path == nil
        default: false
        }
    }
}

extension ClientContext {
    /// What to say of an answer that is no success, and how to end.
    func refusal(_ answer: Answer) -> CompanionError {
        answer.isOfCredentials
            ? unauthorized(answer.refusal) : CompanionError(.failure, answer.refusal)
    }

    /// How to end where a hub will not have who asks: which key was shown, or how to show one.
    ///
    /// - Parameters:
    ///   - reason: What the hub said.
    ///   - address: Who said it, where that may be another server than the key is for.
    /// - Returns: The end.
    func unauthorized(_ reason: String, by address: HubAddress? = nil) -> CompanionError {
        let mend =
            switch credential {
            case nil:
                "; give one by --key-file FILE, or in \(ClientInvocation.keyVariable)"
            case let credential? where address.map { credential.fields(for: $0).isEmpty } == true:
                "; it was not shown \(credential.name), which is for the hub of --url"
            case let credential?: " (\(credential.name))"
            }
        return CompanionError(.unauthorized, reason + mend)
    }
}

extension Answer {
    /// Whether the hub wants a key, or one that grants more (RFC 9110 §15.5.2, §15.5.4).
    var isOfCredentials: Bool { [401, 403].contains(head.status.rawValue) }
}
