// Faults on demand, loaded before libc (LD_PRELOAD): a clock that is stepped, a disk that cannot be synced.
// FAULTS names a folder: `clock` holds seconds to add to the time of day; while `sync` is there, fsync fails.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *fault(char *path, size_t size, const char *name) {
    const char *folder = getenv("FAULTS");
    snprintf(path, size, "%s/%s", folder ? folder : "/nonexistent", name);
    return path;
}

static time_t step(void) {
    char path[4096];
    FILE *file = fopen(fault(path, sizeof path, "clock"), "re");
    long seconds = 0;
    if (!file) return 0;
    if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
    fclose(file);
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += step();
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int result = real(time, zone);
    if (result == 0) time->tv_sec += step();
    return result;
}

static int cannot_sync(void) {
    char path[4096];
    return access(fault(path, sizeof path, "sync"), F_OK) == 0;
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (cannot_sync()) { errno = EIO; return -1; }
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    return real(descriptor);
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (cannot_sync()) { errno = EIO; return -1; }
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    return real(descriptor);
}
