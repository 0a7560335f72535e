import COpenSSL

/// A certificate of OpenSSL's and its one owner here.
///
/// It is `Sendable` because what is said of a certificate never changes once it is read; what
/// OpenSSL keeps beside it, it fills in under a lock of its own, and it counts references by
/// atomics.
@safe
final class OwnedCertificate: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe X509_free(pointer) }
}

/// A private key and its one owner here; it is wiped with its last reference.
///
/// It is `Sendable` because nothing here changes a key once it is read, signing only reads it,
/// and OpenSSL counts references by atomics.
@safe
final class OwnedKey: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe EVP_PKEY_free(pointer) }
}

/// What a connection may go on with where an earlier one ended (RFC 8446 §2.2, RFC 5077).
///
/// It holds keys, which are wiped with it. For one thread at a time.
@safe
public final class Session {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe SSL_SESSION_free(pointer) }
}

/// What connections of one side are made from, and its one owner here.
///
/// It is `Sendable` because it is set up by the thread that makes it, before any other has it, and
/// not set again; OpenSSL keeps sessions and counts of references in it under locks of its own.
@safe
final class OwnedContext: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Makes a context for TLS 1.2 and 1.3.
    init(_ role: Endpoint.Role) throws(CredentialsFault) {
        ERR_clear_error()
        let method =
            switch role {
            case .client: unsafe TLS_client_method()
            case .server: unsafe TLS_server_method()
            }
        guard let pointer = unsafe copenssl_tls_context(method) else {
            throw .refused(LibraryError.take().text)
        }
        unsafe self.pointer = pointer
    }

    deinit { unsafe SSL_CTX_free(pointer) }
}
