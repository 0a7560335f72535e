// What `import Glibc` lacks, and what it imports badly: epoll, eventfd, signalfd, socket
// addresses, and calls that need _GNU_SOURCE. The wrappers that make a descriptor or change
// one answer -errno when they fail, as the kernel does itself, so that errno is read at once.
//
// _GNU_SOURCE stands in the .c files only: in a header it would change types between modules.
#ifndef CLINUX_H
#define CLINUX_H

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/types.h>

// An event of epoll_wait(2), without the packing of struct epoll_event.
struct clinux_event {
    uint64_t token;
    uint32_t readiness;
};

// epoll_ctl(2) and epoll_wait(2). A wait that a signal interrupts answers 0.
int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token);
int clinux_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t token);
int clinux_epoll_remove(int epoll, int descriptor);
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int milliseconds);

// An eventfd(2), and the write that wakes who waits for it.
int clinux_eventfd(void);
void clinux_eventfd_signal(int descriptor);

// Blocks signals for this thread and all that it starts; a signalfd(2) for them; the next
// signal that waits there, 0 if none does.
int clinux_signals_block(const int *signals, size_t count);
int clinux_signalfd(const int *signals, size_t count);
int clinux_signalfd_next(int descriptor);

// A socket address. IPv4 stands in the last 4 bytes of `low`; both words in host order.
enum clinux_family { CLINUX_UNIX = 1, CLINUX_IPV4 = 4, CLINUX_IPV6 = 6 };
struct clinux_address {
    uint64_t high;
    uint64_t low;
    uint32_t scope;     // IPv6: the interface of a link-local address; unix: the peer's user id
    int32_t process;    // unix: the peer's process id
    uint16_t port;
    uint8_t family;     // enum clinux_family
};

// Binds a TCP socket. `shared` says that others of this process are bound to the port already;
// the first of them is bound alone, so that a port in use is never shared with a stranger.
int clinux_bind_tcp(const struct clinux_address *address, int shared);
int clinux_bind_unix(const char *path, mode_t mode);
int clinux_listen(int descriptor, int backlog);
int clinux_bound_address(int descriptor, struct clinux_address *address);
int clinux_peer_address(int descriptor, struct clinux_address *peer);
int clinux_accept(int descriptor, struct clinux_address *peer);

// Begins to connect; the socket is writable once that is decided, and clinux_socket_error says how.
int clinux_connect_tcp(const struct clinux_address *address);
int clinux_connect_unix(const char *path);
int clinux_socket_error(int descriptor);

// How many bytes the peer's kernel has not acknowledged; 0 where that cannot be told.
int clinux_unacknowledged(int descriptor);

// Makes close(2) send a reset instead of what waits.
int clinux_reset_on_close(int descriptor);

// Locks a directory against others who do the same, until the descriptor is closed.
int clinux_lock_directory(const char *path);
// The device and inode of the socket file at `path`; -EEXIST if it is no socket.
int clinux_socket_file(const char *path, uint64_t *device, uint64_t *inode);

// Resolves a name by getaddrinfo(3), in its order. Blocks. The count, or a negative EAI code.
int clinux_resolve(
    const char *host, uint16_t port, int numeric, struct clinux_address *addresses, int capacity);
const char *clinux_resolve_error(int code);
// Writes an address in its usual form (RFC 5952 for IPv6) without a port; the length.
int clinux_address_text(const struct clinux_address *address, char *text, int capacity);

// Names the calling thread, for ps and debuggers; cut to 15 bytes.
void clinux_name_thread(const char *name);

// Raises the soft limit of descriptors to the hard one; the limit that then stands.
int64_t clinux_raise_descriptor_limit(void);

// Makes the process keep its secrets: no core dumps, no privileges by execve(2), files for its user.
int clinux_harden(void);
// Becomes another user for good, with that user's groups; -ENOENT if there is none of that name.
int clinux_become(const char *user);

#endif
