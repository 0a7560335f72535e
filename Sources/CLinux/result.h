#ifndef CLINUX_RESULT_H
#define CLINUX_RESULT_H

// What the wrappers share.
#include <errno.h>
#include <unistd.h>

#include "CLinux.h"

// -errno of a call that failed, else what it answered.
static inline int result(int value) { return value < 0 ? -errno : value; }

// Closes `descriptor` and answers why, if `value` says that a call on it failed.
static inline int checked(int descriptor, int value) {
    if (value >= 0) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

#endif
