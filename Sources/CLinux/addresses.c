// Socket addresses, their text, and getaddrinfo(3).
#define _GNU_SOURCE
#include "addresses.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

static uint64_t read_word(const uint8_t *bytes) {
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) word = word << 8 | bytes[i];
    return word;
}

static void write_word(uint64_t word, uint8_t *bytes) {
    for (int i = 7; i >= 0; i--, word >>= 8) bytes[i] = (uint8_t)word;
}

socklen_t to_kernel(const struct clinux_address *from, union address *to) {
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

void from_kernel(const struct sockaddr *from, struct clinux_address *to) {
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

int unix_address(const char *path, union address *to) {
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
