#include "measure.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct usage usage_of(int pid) {
    struct usage usage = {0};
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) die("process %d is gone", pid);
    for (struct dirent *entry; (entry = readdir(tasks)) && usage.count < MAX_THREADS;) {
        if (entry->d_name[0] == '.') continue;
        char *name = usage.threads[usage.count].name;
        snprintf(path, sizeof path, "/proc/%d/task/%s/comm", pid, entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fscanf(file, "%31s", name) != 1) name[0] = 0;
        fclose(file);
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, entry->d_name);
        if (!(file = fopen(path, "r"))) continue;
        unsigned long long nanoseconds = 0;
        if (fscanf(file, "%llu", &nanoseconds) != 1) nanoseconds = 0;
        fclose(file);
        usage.threads[usage.count].id = atoi(entry->d_name);
        usage.threads[usage.count++].nanoseconds = nanoseconds;
    }
    closedir(tasks);
    return usage;
}

void print_usage(const struct usage *before, const struct usage *after) {
    printf("{");
    for (size_t index = 0; index < after->count; index++) {
        uint64_t used = after->threads[index].nanoseconds;
        for (size_t old = 0; old < before->count; old++)
            if (before->threads[old].id == after->threads[index].id)
                used -= before->threads[old].nanoseconds;
        printf("%s\"%s:%d\":%llu", index ? "," : "", after->threads[index].name,
            after->threads[index].id, (unsigned long long)used);
    }
    printf("}");
}

uint64_t resident_bytes(int pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    unsigned long long size, resident;
    if (!file || fscanf(file, "%llu %llu", &size, &resident) != 2) die("process %d is gone", pid);
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static size_t bucket_of(uint64_t value) {
    if (value < SUB_BUCKETS) return (size_t)value;
    int shift = 58 - __builtin_clzll(value);
    return (size_t)(shift + 1) * SUB_BUCKETS + ((value >> shift) - SUB_BUCKETS);
}

static uint64_t value_of(size_t bucket) {
    if (bucket < 2 * SUB_BUCKETS) return bucket;
    size_t shift = bucket / SUB_BUCKETS - 1;
    return (SUB_BUCKETS + bucket % SUB_BUCKETS) << shift;
}

void note(struct histogram *histogram, uint64_t value) {
    histogram->buckets[bucket_of(value)]++;
    histogram->count++;
}

uint64_t percentile(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)(share * (double)(histogram->count - 1)), seen = 0;
    for (size_t bucket = 0; bucket < 64 * SUB_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen > wanted) return value_of(bucket);
    }
    return 0;
}
