// Addresses as the kernel takes them.
#ifndef CLINUX_ADDRESSES_H
#define CLINUX_ADDRESSES_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "CLinux.h"

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un local;
    struct sockaddr_storage room;
};

// The length of what was written to `to`.
socklen_t to_kernel(const struct clinux_address *from, union address *to);
void from_kernel(const struct sockaddr *from, struct clinux_address *to);
// -ENAMETOOLONG if the path does not fit.
int unix_address(const char *path, union address *to);

#endif
