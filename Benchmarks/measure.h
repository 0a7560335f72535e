// What a process has used, and how long deliveries took.
#ifndef MEASURE_H
#define MEASURE_H

#include "common.h"

enum { MAX_THREADS = 64, SUB_BUCKETS = 32 };

/// CPU time of each thread of a process.
struct usage {
    size_t count;
    struct {
        char name[32];
        int id;
        uint64_t nanoseconds;
    } threads[MAX_THREADS];
};

/// What the threads of a process have used until now.
struct usage usage_of(int pid);

/// Prints the difference of two usages as a JSON object, nanoseconds by the name of the thread.
void print_usage(const struct usage *before, const struct usage *after);

/// Memory that a process holds in RAM, in bytes.
uint64_t resident_bytes(int pid);

/// Counts by powers of two, each cut into 32: an error of 3 %.
struct histogram {
    uint64_t count;
    uint64_t buckets[64 * SUB_BUCKETS];
};

void note(struct histogram *histogram, uint64_t value);

/// The value below which `share` of what was noted lies.
uint64_t percentile(const struct histogram *histogram, double share);

#endif
