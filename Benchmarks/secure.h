// TLS where it is asked for: the same calls with and without.
#ifndef SECURE_H
#define SECURE_H

#include <openssl/ssl.h>

#include "common.h"

/// What the client's ends are made of; they take any certificate.
SSL_CTX *make_client_tls(void);

/// What the server's ends are made of, with a certificate of its own.
SSL_CTX *make_server_tls(const char *certificate, const char *key);

/// Shakes hands on a socket, waiting for it, and leaves it non-blocking.
///
/// - Returns: NULL where there is no `tls`.
SSL *shake_hands(SSL_CTX *tls, int fd, bool accepts);

/// `recv` through TLS, if there is any.
ssize_t receive_some(int fd, SSL *secure, void *bytes, size_t count);

/// Sends all, waiting for room.
void send_whole(int fd, SSL *secure, const char *bytes, size_t count);

#endif
