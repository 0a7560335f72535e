// socket(7): bind, listen, accept, connect.
#define _GNU_SOURCE
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "addresses.h"
#include "result.h"

static int enable(int descriptor, int level, int option) {
    int one = 1;
    return setsockopt(descriptor, level, option, &one, sizeof one);
}

static int stream_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int clinux_bind_tcp(const struct clinux_address *address, int shared) {
    union address kernel;
    socklen_t length = to_kernel(address, &kernel);
    int descriptor = stream_socket(kernel.any.sa_family);
    if (descriptor < 0) return -errno;
    int done = enable(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (done >= 0 && address->family == CLINUX_IPV6)
        done = enable(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    // Accepted sockets inherit it, which saves each of them a call.
    if (done >= 0) done = enable(descriptor, IPPROTO_TCP, TCP_NODELAY);
    if (done >= 0 && shared) done = enable(descriptor, SOL_SOCKET, SO_REUSEPORT);
    if (done >= 0) done = bind(descriptor, &kernel.any, length);
    // Set after bind(2): it then refused a port that another program shares, and the sockets
    // of our other loops may join it all the same.
    if (done >= 0 && !shared) done = enable(descriptor, SOL_SOCKET, SO_REUSEPORT);
    return checked(descriptor, done);
}

int clinux_bind_unix(const char *path, mode_t mode) {
    union address kernel;
    int fits = unix_address(path, &kernel);
    if (fits < 0) return fits;
    int descriptor = stream_socket(AF_UNIX);
    if (descriptor < 0) return -errno;
    // Before bind(2) the file gets this mode less the umask, and never more; after it, exactly this.
    int done = fchmod(descriptor, mode);
    if (done >= 0) done = bind(descriptor, &kernel.any, sizeof kernel.local);
    if (done >= 0) done = chmod(path, mode);
    return checked(descriptor, done);
}

int clinux_listen(int descriptor, int backlog) { return result(listen(descriptor, backlog)); }

int clinux_bound_address(int descriptor, struct clinux_address *address) {
    union address kernel = { 0 };
    socklen_t length = sizeof kernel;
    if (getsockname(descriptor, &kernel.any, &length) < 0) return -errno;
    from_kernel(&kernel.any, address);
    return 0;
}

static void read_credentials(int descriptor, struct clinux_address *peer) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return;
    peer->scope = credentials.uid;
    peer->process = credentials.pid;
}

int clinux_peer_address(int descriptor, struct clinux_address *peer) {
    union address kernel = { 0 };
    socklen_t length = sizeof kernel;
    if (getpeername(descriptor, &kernel.any, &length) < 0) return -errno;
    from_kernel(&kernel.any, peer);
    if (peer->family == CLINUX_UNIX) read_credentials(descriptor, peer);
    return 0;
}

int clinux_accept(int descriptor, struct clinux_address *peer) {
    union address kernel = { 0 };
    socklen_t length = sizeof kernel;
    int accepted = accept4(descriptor, &kernel.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return -errno;
    from_kernel(&kernel.any, peer);
    if (peer->family == CLINUX_UNIX) read_credentials(accepted, peer);
    return accepted;
}

static int begin_connect(int descriptor, const union address *kernel, socklen_t length) {
    int done = connect(descriptor, &kernel->any, length);
    return checked(descriptor, done < 0 && errno == EINPROGRESS ? 0 : done);
}

int clinux_connect_tcp(const struct clinux_address *address) {
    union address kernel;
    socklen_t length = to_kernel(address, &kernel);
    int descriptor = stream_socket(kernel.any.sa_family);
    if (descriptor < 0) return -errno;
    int done = enable(descriptor, IPPROTO_TCP, TCP_NODELAY);
    if (done < 0) return checked(descriptor, done);
    return begin_connect(descriptor, &kernel, length);
}

int clinux_connect_unix(const char *path) {
    union address kernel;
    int fits = unix_address(path, &kernel);
    if (fits < 0) return fits;
    int descriptor = stream_socket(AF_UNIX);
    if (descriptor < 0) return -errno;
    return begin_connect(descriptor, &kernel, sizeof kernel.local);
}

int clinux_socket_error(int descriptor) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
    return error;
}

int clinux_unacknowledged(int descriptor) {
    int count = 0;
    return ioctl(descriptor, SIOCOUTQ, &count) < 0 ? 0 : count;
}

int clinux_reset_on_close(int descriptor) {
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };
    return result(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}
