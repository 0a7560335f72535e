// The load: many subscribers that check every event, and publishers; prints one JSON object.
//
// A stream with an event out of order, lost or doubled ends it with status 1 and no result.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "measure.h"

struct options {
    const char *mode;
    int pid;
    size_t subscribers, burst, connections, events, event_bytes, rate, lengths;
    double seconds;
};

static struct clients clients;
static struct histogram latency;

static const uint64_t SECOND = UINT64_C(1000000000);

// MARK: What is printed

static void print_begin(const struct options *options, uint64_t elapsed) {
    printf("{\"mode\":\"%s\",\"seconds\":%.6f", options->mode, (double)elapsed / 1e9);
}

static void print_count(const char *name, uint64_t value) {
    printf(",\"%s\":%llu", name, (unsigned long long)value);
}

static void print_end(const struct usage *before, const struct usage *after) {
    if (latency.count > 0) {
        print_count("p50_ns", percentile(&latency, 0.5));
        print_count("p99_ns", percentile(&latency, 0.99));
        print_count("max_ns", percentile(&latency, 1));
    }
    print_count("lags", clients.lags);
    printf(",\"cpu_ns\":");
    print_usage(before, after);
    puts("}");
}

// MARK: Fan-out

/// How many of the events `first` up to `first + count` each subscriber gets, all together.
static uint64_t deliveries(uint64_t first, uint64_t count) {
    uint64_t total = 0, groups = clients.groups;
    for (uint64_t event = first; event < first + count; event++) {
        uint64_t group = event % groups;
        total += (clients.subscriber_count + groups - 1 - group) / groups;
    }
    return total;
}

/// Publishes a burst, and waits until everybody has it.
static void round_of(const struct options *options, uint64_t *published, uint64_t *expected) {
    publish(&clients, 0, *published, options->burst);
    *expected += deliveries(*published, options->burst);
    *published += options->burst;
    take_until(&clients, *expected, *published);
}

static void fan_out(const struct options *options) {
    make_clients(&clients, options->subscribers, 1);
    open_subscribers(&clients, options->subscribers);
    open_publishers(&clients);  // a server closes one that says nothing for long
    // Most say that they have subscribed somebody just before they have.
    if (clients.dialect != HUB) expect_silence(&clients);
    uint64_t published = 0, expected = 0;
    // A counted run does the same each time it is run.
    uint64_t warm_end = options->events ? 0 : now_ns() + SECOND / 4;
    while (now_ns() < warm_end || published < 4 * options->burst)
        round_of(options, &published, &expected);
    uint64_t warm = published, warm_deliveries = clients.received, warm_reads = clients.reads;
    clients.latency = &latency;
    struct usage before = usage_of(options->pid);
    uint64_t begin = now_ns(), end = begin + (uint64_t)(options->seconds * 1e9);
    do round_of(options, &published, &expected);
    while (options->events ? published - warm < options->events : now_ns() < end);
    uint64_t elapsed = now_ns() - begin;
    struct usage after = usage_of(options->pid);
    expect_silence(&clients);
    print_begin(options, elapsed);
    print_count("events", published - warm);
    print_count("deliveries", clients.received - warm_deliveries);
    print_count("reads", clients.reads - warm_reads);
    print_end(&before, &after);
}

/// Publishes at a steady rate, whether or not the last event has come.
static void paced(const struct options *options) {
    make_clients(&clients, options->subscribers, 1);
    open_subscribers(&clients, options->subscribers);
    open_publishers(&clients);  // a server closes one that says nothing for long
    uint64_t published = 0, expected = 0, count = (uint64_t)(options->seconds * (double)options->rate);
    while (published < 5) round_of(options, &published, &expected);
    clients.latency = &latency;
    struct usage before = usage_of(options->pid);
    uint64_t begin = now_ns(), first = published;
    while (published - first < count) {
        uint64_t due = begin + (published - first) * SECOND / options->rate, now = now_ns();
        if (now < due) {
            take(&clients, (int)((due - now + 999999) / 1000000));
            continue;
        }
        publish(&clients, 0, published, 1);
        expected += deliveries(published, 1);
        published++;
    }
    take_until(&clients, expected, published);
    uint64_t elapsed = now_ns() - begin;
    struct usage after = usage_of(options->pid);
    expect_silence(&clients);
    print_begin(options, elapsed);
    print_count("events", count);
    print_count("deliveries", latency.count);
    print_end(&before, &after);
}

// MARK: Connections

static void accept_rate(const struct options *options) {
    make_clients(&clients, options->subscribers, 0);
    uint64_t resident = resident_bytes(options->pid);
    struct usage before = usage_of(options->pid);
    uint64_t begin = now_ns();
    open_subscribers(&clients, options->subscribers);
    uint64_t elapsed = now_ns() - begin;
    struct usage after = usage_of(options->pid);
    print_begin(options, elapsed);
    print_count("connections", options->subscribers);
    print_count("resident_before", resident);
    print_count("resident_after", resident_bytes(options->pid));
    print_end(&before, &after);
}

// MARK: Publishing

/// Keeps `burst` requests under way on each connection.
static void publish_rate(const struct options *options) {
    make_clients(&clients, 0, options->connections);
    clients.groups = 1;
    open_publishers(&clients);
    uint64_t published = 0;
    struct usage before = {0};
    uint64_t begin = 0, warm = 0, end = now_ns() + SECOND / 4;
    while (true) {
        uint64_t now = now_ns();
        bool isOver = options->events ? published >= options->events : now >= end;
        if (isOver && begin) break;
        if (isOver || (options->events && !begin)) {
            before = usage_of(options->pid);
            warm = clients.answered;
            begin = now;
            end = now + (uint64_t)(options->seconds * 1e9);
        }
        for (size_t index = 0; index < clients.publisher_count; index++) {
            size_t room = options->burst - clients.publishers[index].waiting;
            if (room > 0) publish(&clients, index, 0, room), published += room;
        }
        if (take(&clients, 10000) == 0) die("publishes get no answer");
    }
    uint64_t elapsed = now_ns() - begin, answered = clients.answered - warm;
    struct usage after = usage_of(options->pid);
    take_until(&clients, 0, published);
    print_begin(options, elapsed);
    print_count("events", answered);
    print_end(&before, &after);
}

/// Fills the log by batches.
static void fill(const struct options *options) {
    make_clients(&clients, 0, 1);
    open_publishers(&clients);
    struct usage before = usage_of(options->pid);
    uint64_t begin = now_ns(), answered = 0;
    for (size_t done = 0; done < options->events; done += options->burst) {
        publish_batch(&clients, options->burst);
        take_until(&clients, 0, ++answered);
    }
    uint64_t elapsed = now_ns() - begin;
    struct usage after = usage_of(options->pid);
    print_begin(options, elapsed);
    print_count("events", options->events);
    print_end(&before, &after);
}

/// Lets every subscriber read the whole log.
static void replay(const struct options *options) {
    clients.query = "&since=earliest";
    make_clients(&clients, options->subscribers, 0);
    struct usage before = usage_of(options->pid);
    uint64_t begin = now_ns(), expected = options->subscribers * options->events;
    open_subscribers(&clients, options->subscribers);
    take_until(&clients, expected, 0);
    uint64_t elapsed = now_ns() - begin;
    struct usage after = usage_of(options->pid);
    expect_silence(&clients);
    print_begin(options, elapsed);
    print_count("deliveries", clients.received);
    print_count("reads", clients.reads);
    print_end(&before, &after);
}

// MARK: Options

static const struct {
    const char *name;
    void (*run)(const struct options *);
} modes[] = {
    {"fan-out", fan_out}, {"paced", paced},   {"accept", accept_rate},
    {"publish", publish_rate}, {"fill", fill}, {"replay", replay},
};

static enum dialect dialect_named(const char *name) {
    static const char *const names[] = {"hub", "http", "websocket", "nats"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        if (!strcmp(names[index], name)) return (enum dialect)index;
    die("load: no dialect %s", name);
}

static void set(struct options *options, const char *name, const char *value) {
    size_t number = (size_t)strtoull(value, NULL, 10);
    if (!strcmp(name, "--port")) clients.port = (int)number;
    else if (!strcmp(name, "--pid")) options->pid = (int)number;
    else if (!strcmp(name, "--subscribers")) options->subscribers = number;
    else if (!strcmp(name, "--groups")) clients.groups = number;
    else if (!strcmp(name, "--burst")) options->burst = number;
    else if (!strcmp(name, "--connections")) options->connections = number;
    else if (!strcmp(name, "--events")) options->events = number;
    else if (!strcmp(name, "--event-bytes")) options->event_bytes = number;
    else if (!strcmp(name, "--lengths")) options->lengths = number;
    else if (!strcmp(name, "--rate")) options->rate = number;
    else if (!strcmp(name, "--seconds")) options->seconds = strtod(value, NULL);
    else if (!strcmp(name, "--query")) clients.query = value;
    else if (!strcmp(name, "--dialect")) clients.dialect = dialect_named(value);
    else if (!strcmp(name, "--tls")) clients.tls = number ? make_client_tls() : NULL;
    else if (!strcmp(name, "--deflated")) clients.deflated = fopen(value, "wb");
    else die("load: no option %s", name);
}

int main(int argc, char **argv) {
    struct options options = {
        .subscribers = 1000, .burst = 1, .connections = 1, .event_bytes = 163, .rate = 100, .lengths = 1,
        .seconds = 2,
    };
    if (argc < 2 || argc % 2 != 0) die("usage: load MODE --port N --pid N [--OPTION VALUE]...");
    options.mode = argv[1];
    for (int index = 2; index < argc; index += 2) set(&options, argv[index], argv[index + 1]);
    raise_descriptor_limit();
    set_event_bytes(options.event_bytes);
    set_lengths(options.lengths);
    for (size_t index = 0; index < sizeof modes / sizeof *modes; index++) {
        if (strcmp(modes[index].name, options.mode) != 0) continue;
        modes[index].run(&options);
        // The end of the process resets all connections at once.
        return 0;
    }
    die("load: no mode %s", options.mode);
}
