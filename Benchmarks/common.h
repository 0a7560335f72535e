// What the load and the floor share: time, sockets, and a little HTTP.
#ifndef COMMON_H
#define COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Says why there is no result, and ends the program with status 1.
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Nanoseconds of the monotonic clock.
uint64_t now_ns(void);

/// `calloc` that cannot fail.
void *allocate(size_t count, size_t size);

/// A non-blocking stream socket without delay, connected or about to be.
int connect_loopback(int port, bool waits);

/// A non-blocking listening socket on the loopback.
int listen_loopback(int port);

/// Raises the limit of descriptors as far as it goes.
void raise_descriptor_limit(void);

/// The place behind `word` in `bytes`; NULL where it does not occur.
const char *find_after(const char *bytes, size_t count, const char *word);

/// The number that stands at `text`.
uint64_t number_at(const char *text, const char *end);

/// The length of the HTTP message that `bytes` begin with, its body included; 0 while it is not whole.
size_t http_message_length(const char *bytes, size_t count);

/// How many digits the time of sending has in an event: monotonic nanoseconds, filled with ones
/// in front, so that all events are of one length.
enum { TIME_DIGITS = 19 };
#define TIME_BASE UINT64_C(1000000000000000000)

#endif
