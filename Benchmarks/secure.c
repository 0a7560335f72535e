#define _GNU_SOURCE
#include "secure.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

SSL_CTX *make_client_tls(void) {
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    // One cipher, so that the floor and the hub have the same to do.
    if (!tls || SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256") != 1
        || SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1)
        die("no TLS");
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    return tls;
}

SSL_CTX *make_server_tls(const char *certificate, const char *key) {
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (!tls || SSL_CTX_use_certificate_chain_file(tls, certificate) != 1
        || SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
        die("no TLS with %s", certificate);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE);
    return tls;
}

SSL *shake_hands(SSL_CTX *tls, int fd, bool accepts) {
    if (!tls) return NULL;
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    SSL *secure = SSL_new(tls);
    if (!secure || SSL_set_fd(secure, fd) != 1) die("no TLS");
    if ((accepts ? SSL_accept : SSL_connect)(secure) != 1)
        die("no handshake: %s", ERR_error_string(ERR_get_error(), NULL));
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    return secure;
}

/// What `errno` is to say after a call of TLS that did nothing.
static ssize_t failed(SSL *secure, int result) {
    int reason = SSL_get_error(secure, result);
    if (reason == SSL_ERROR_ZERO_RETURN) return 0;
    errno = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

ssize_t receive_some(int fd, SSL *secure, void *bytes, size_t count) {
    if (!secure) return recv(fd, bytes, count, 0);
    // A record at a time; what the kernel still has makes the descriptor ready again.
    int result = SSL_read(secure, bytes, (int)count);
    return result > 0 ? result : failed(secure, result);
}

void send_whole(int fd, SSL *secure, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent;
        if (secure) {
            int result = SSL_write(secure, bytes, (int)count);
            sent = result > 0 ? result : failed(secure, result);
        } else {
            sent = send(fd, bytes, count, MSG_NOSIGNAL);
        }
        if (sent < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (sent < 0) {
            die("send: %s", strerror(errno));
        } else {
            bytes += sent, count -= (size_t)sent;
        }
    }
}
