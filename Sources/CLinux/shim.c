#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

// Closes `descriptor` and answers why, if `value` says that a call on it failed.
static int checked(int descriptor, int value) {
    if (value >= 0) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

// epoll

int clinux_epoll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = { .events = interest, .data.u64 = token };
    return result(epoll_ctl(epoll, operation, descriptor, &event));
}

int clinux_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, interest, token);
}

int clinux_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, interest, token);
}

int clinux_epoll_remove(int epoll, int descriptor) {
    return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int milliseconds) {
    struct epoll_event ready[512];
    if (capacity > 512) capacity = 512;
    int count = epoll_wait(epoll, ready, capacity, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        events[i].token = ready[i].data.u64;
        events[i].readiness = ready[i].events;
    }
    return count;
}

int clinux_eventfd(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

void clinux_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    // EAGAIN would say that 2^64 - 2 wake-ups were never read: then it is readable all the same.
    while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {}
}

// Signals

static sigset_t set_of(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    return set;
}

int clinux_signals_block(const int *signals, size_t count) {
    sigset_t set = set_of(signals, count);
    return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int clinux_signalfd(const int *signals, size_t count) {
    sigset_t set = set_of(signals, count);
    return result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int clinux_signalfd_next(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t count;
    do count = read(descriptor, &info, sizeof info);
    while (count < 0 && errno == EINTR);
    return count == sizeof info ? (int)info.ssi_signo : 0;
}

// Addresses

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un local;
    struct sockaddr_storage room;
};

static uint64_t read_word(const uint8_t *bytes) {
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) word = word << 8 | bytes[i];
    return word;
}

static void write_word(uint64_t word, uint8_t *bytes) {
    for (int i = 7; i >= 0; i--, word >>= 8) bytes[i] = (uint8_t)word;
}

static socklen_t to_kernel(const struct clinux_address *from, union address *to) {
    memset(to, 0, sizeof *to);
    if (from->family == CLINUX_IPV4) {
        to->ipv4.sin_family = AF_INET;
        to->ipv4.sin_port = htons(from->port);
        to->ipv4.sin_addr.s_addr = htonl((uint32_t)from->low);
        return sizeof to->ipv4;
    }
    to->ipv6.sin6_family = AF_INET6;
    to->ipv6.sin6_port = htons(from->port);
    to->ipv6.sin6_scope_id = from->scope;
    write_word(from->high, to->ipv6.sin6_addr.s6_addr);
    write_word(from->low, to->ipv6.sin6_addr.s6_addr + 8);
    return sizeof to->ipv6;
}

static void from_kernel(const struct sockaddr *from, struct clinux_address *to) {
    memset(to, 0, sizeof *to);
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)from;
        to->family = CLINUX_IPV4;
        to->port = ntohs(ipv4->sin_port);
        to->low = ntohl(ipv4->sin_addr.s_addr);
    } else if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)from;
        to->family = CLINUX_IPV6;
        to->port = ntohs(ipv6->sin6_port);
        to->scope = ipv6->sin6_scope_id;
        to->high = read_word(ipv6->sin6_addr.s6_addr);
        to->low = read_word(ipv6->sin6_addr.s6_addr + 8);
    } else {
        to->family = CLINUX_UNIX;
    }
}

static int unix_address(const char *path, union address *to) {
    memset(to, 0, sizeof *to);
    to->local.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof to->local.sun_path) return -ENAMETOOLONG;
    strcpy(to->local.sun_path, path);
    return 0;
}

int clinux_address_text(const struct clinux_address *address, char *text, int capacity) {
    union address kernel;
    socklen_t length = to_kernel(address, &kernel);
    if (getnameinfo(&kernel.any, length, text, (socklen_t)capacity, NULL, 0, NI_NUMERICHOST))
        return 0;
    return (int)strlen(text);
}

int clinux_resolve(
    const char *host, uint16_t port, int numeric, struct clinux_address *addresses, int capacity
) {
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    if (numeric) hints.ai_flags = AI_NUMERICHOST;
    struct addrinfo *list = NULL;
    int error = getaddrinfo(host, NULL, &hints, &list);
    if (error) return error < 0 ? error : -error;
    int count = 0;
    for (struct addrinfo *each = list; each && count < capacity; each = each->ai_next) {
        if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
        from_kernel(each->ai_addr, &addresses[count]);
        addresses[count++].port = port;
    }
    freeaddrinfo(list);
    return count;
}

const char *clinux_resolve_error(int code) { return gai_strerror(code); }

// Sockets

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

int clinux_reset_on_close(int descriptor) {
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };
    return result(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

// Files, threads, limits

int clinux_lock_directory(const char *path) {
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    int done;
    do done = flock(descriptor, LOCK_EX);
    while (done < 0 && errno == EINTR);
    return checked(descriptor, done);
}

int clinux_socket_file(const char *path, uint64_t *device, uint64_t *inode) {
    struct stat status;
    if (lstat(path, &status) < 0) return -errno;
    if (!S_ISSOCK(status.st_mode)) return -EEXIST;
    *device = status.st_dev;
    *inode = status.st_ino;
    return 0;
}

void clinux_name_thread(const char *name) {
    char cut[16] = { 0 };
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}

int64_t clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}
