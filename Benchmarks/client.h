// The clients of the load: subscribers that check what they are sent, and publishers.
#ifndef CLIENT_H
#define CLIENT_H

#include <stdio.h>

#include "common.h"
#include "secure.h"

/// What the server speaks; all but the hub (and the floor) hand on what they are sent, so that
/// the load numbers the events itself.
enum dialect {
    HUB,
    /// Published by POST; subscribed to by WebSocket.
    RELAY_HTTP,
    /// Published and subscribed to by WebSocket: nothing is answered.
    RELAY_WEBSOCKET,
    /// The protocol of nats-server over TCP: nothing is answered.
    RELAY_NATS,
};

/// One WebSocket; of its group it must see every `seq` from 1 on, in order.
struct subscriber {
    int fd;
    /// NULL without TLS.
    SSL *secure;
    bool isOpen;
    uint64_t seq;
    /// A digest of all compressed frames: every subscriber must get the same bytes.
    uint64_t digest;
    /// A frame of which a part is still to come.
    uint32_t rest_count;
    uint8_t *rest;
};

/// One HTTP connection that publishes.
struct publisher {
    int fd;
    SSL *secure;
    /// Requests that are not answered yet.
    uint32_t waiting;
    size_t rest_count;
    char rest[4096];
};

/// All clients, and what has come to them.
struct clients {
    int epoll, port;
    enum dialect dialect;
    /// What TLS is made of; NULL without.
    SSL_CTX *tls;
    /// The last number that a relayed event was given.
    uint64_t numbered;
    struct subscriber *subscribers;
    size_t subscriber_count, open_count;
    struct publisher *publishers;
    size_t publisher_count;
    size_t groups;
    /// What is put behind the group in the target of a subscription.
    const char *query;
    /// Where the first subscriber's compressed events are written, each behind its length in
    /// four bytes, for somebody who can inflate them; NULL offers no compression.
    FILE *deflated;
    uint64_t received, answered, reads, bytes, lags, caught_up;
    struct histogram *latency;
};

/// Makes room for so many clients; none is connected yet.
void make_clients(struct clients *clients, size_t subscribers, size_t publishers);

/// Connects the subscriber with this number, without waiting.
void begin_subscriber(struct clients *clients, size_t index);

/// Connects subscribers until so many have been told that they are subscribed.
void open_subscribers(struct clients *clients, size_t count);

void open_publishers(struct clients *clients);

/// Sends `count` publishes as one write; `group` is the first one's, the next ones' follow.
void publish(struct clients *clients, size_t publisher, uint64_t group, size_t count);

/// How large the body of a publish has to be for an event of `event_bytes`.
void set_event_bytes(size_t event_bytes);

/// Of how many lengths publishes are, by turns: with one, each head is as the one before it.
void set_lengths(size_t count);

/// Publishes `count` events as one batch of newline-delimited JSON.
void publish_batch(struct clients *clients, size_t count);

/// Takes what comes within so many milliseconds; 0 looks only once.
///
/// - Returns: How many descriptors were ready.
int take(struct clients *clients, int milliseconds);

/// Takes until so much has come; it is an error if nothing comes for ten seconds.
void take_until(struct clients *clients, uint64_t received, uint64_t answered);

/// Looks for what must not come any more.
void expect_silence(struct clients *clients);

#endif
