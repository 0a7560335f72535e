#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"
#include "relay.h"

enum {
    BUFFER_BYTES = 1 << 20,
    MAX_BURST = 256,
    /// Upgrades under way at one time.
    CONNECT_WINDOW = 64,
    PATIENCE_MS = 10000,
    SILENCE_MS = 30,
};

static uint8_t buffer[BUFFER_BYTES];
static char padding[1 << 16];
static size_t padding_count = 1;

// MARK: Connecting

void make_clients(struct clients *clients, size_t subscribers, size_t publishers) {
    clients->epoll = epoll_create1(EPOLL_CLOEXEC);
    clients->subscribers = allocate(subscribers + 1, sizeof *clients->subscribers);
    clients->subscriber_count = subscribers;
    clients->publishers = allocate(publishers + 1, sizeof *clients->publishers);
    clients->publisher_count = publishers;
    if (!clients->groups) clients->groups = 1;
    if (!clients->query) clients->query = "";
}

/// A subscriber's number, or a publisher's behind all subscribers.
static void watch(struct clients *clients, int fd, size_t number) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = number};
    if (epoll_ctl(clients->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl: %s", strerror(errno));
}

void begin_subscriber(struct clients *clients, size_t index) {
    // On the loopback a connect is done at once: it needs no turn of its own.
    int fd = connect_loopback(clients->port, clients->tls);
    SSL *secure = shake_hands(clients->tls, fd, false);
    clients->subscribers[index].fd = fd;
    clients->subscribers[index].secure = secure;
    static char request[20000];
    int length = clients->dialect != HUB
        ? (int)write_greeting(clients, false, request, sizeof request)
        : snprintf(request, sizeof request,
        "GET /ws?groups=bench:%zu%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
        index % clients->groups, clients->query, clients->port,
        clients->deflated ? "Sec-WebSocket-Extensions: permessage-deflate; "
                            "server_no_context_takeover; client_no_context_takeover\r\n" : "");
    if (length >= (int)sizeof request) die("the target of the subscription is too long");
    send_whole(fd, secure, request, (size_t)length);
    watch(clients, fd, index);
}

void open_subscribers(struct clients *clients, size_t count) {
    size_t begun = clients->open_count;
    while (clients->open_count < count) {
        while (begun < count && begun - clients->open_count < CONNECT_WINDOW)
            begin_subscriber(clients, begun++);
        if (take(clients, PATIENCE_MS) == 0)
            die("%zu of %zu subscribers got no answer", count - clients->open_count, count);
    }
}

void open_publishers(struct clients *clients) {
    for (size_t index = 0; index < clients->publisher_count; index++) {
        struct publisher *publisher = &clients->publishers[index];
        publisher->fd = connect_loopback(clients->port, clients->tls);
        publisher->secure = shake_hands(clients->tls, publisher->fd, false);
        char greeting[512];
        size_t length =
            clients->dialect == HUB ? 0 : write_greeting(clients, true, greeting, sizeof greeting);
        send_whole(publisher->fd, publisher->secure, greeting, length);
        watch(clients, publisher->fd, clients->subscriber_count + index);
    }
}

// MARK: Publishing

void set_event_bytes(size_t event_bytes) {
    // What the hub puts around the data, with a sequence and a cursor of five digits.
    static const char around[] =
        "{'type':'sample','group':'bench:0','seq':10000,'cursor':'abcdef-10000',"
        "'timestamp':'2026-01-15T10:00:00.123Z','data':{'t':1000000000000000000,'p':''}}";
    padding_count = event_bytes > sizeof around ? event_bytes - (sizeof around - 1) : 1;
    if (padding_count > sizeof padding) die("events of %zu bytes cannot be made", event_bytes);
    // Words, not one letter, so that compression has something to do.
    for (size_t index = 0; index < padding_count; index++)
        padding[index] = (char)('a' + (index * index + index / 7) % 26);
}

/// Of how many lengths the publishes are, by turns.
static size_t lengths = 1;

void set_lengths(size_t count) { lengths = count > 0 && count <= 64 ? count : 1; }

void publish(struct clients *clients, size_t publisher, uint64_t group, size_t count) {
    static char requests[MAX_BURST * 512 + sizeof padding];
    char body[512 + 64];
    size_t used = 0;
    if (count > MAX_BURST) die("at most %d publishes at once", MAX_BURST);
    for (size_t index = 0; index < count; index++) {
        size_t more = index % lengths;
        if (used + padding_count + more + 512 > sizeof requests) die("a burst of too many bytes");
        if (clients->dialect != HUB) {
            used += write_relayed(clients, padding, padding_count, requests + used);
            continue;
        }
        int head = snprintf(body, sizeof body,
            "{\"group\":\"bench:%zu\",\"type\":\"sample\",\"data\":{\"t\":%019llu,\"p\":\"",
            (size_t)((group + index) % clients->groups),
            (unsigned long long)(TIME_BASE + now_ns()));
        used += (size_t)sprintf(requests + used,
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n%s", (size_t)head + padding_count + more + 3, body);
        memcpy(requests + used, padding, padding_count);
        memset(requests + used + padding_count, 'x', more);
        memcpy(requests + used + padding_count + more, "\"}}", 3);
        used += padding_count + more + 3;
    }
    if (clients->dialect == HUB || clients->dialect == RELAY_HTTP)
        clients->publishers[publisher].waiting += (uint32_t)count;
    else
        clients->answered += count;
    send_whole(
        clients->publishers[publisher].fd, clients->publishers[publisher].secure, requests, used);
}

void publish_batch(struct clients *clients, size_t count) {
    static char lines[1 << 20];
    char head[256];
    size_t used = 0;
    for (size_t index = 0; index < count; index++) {
        if (used + padding_count + 128 > sizeof lines) die("a batch of too many bytes");
        used += (size_t)sprintf(lines + used,
            "{\"group\":\"bench:0\",\"type\":\"sample\",\"data\":{\"t\":%019llu,\"p\":\"",
            (unsigned long long)(TIME_BASE + now_ns()));
        memcpy(lines + used, padding, padding_count);
        memcpy(lines + used + padding_count, "\"}}\n", 4);
        used += padding_count + 4;
    }
    int length = sprintf(head,
        "POST /publish HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n", used);
    clients->publishers[0].waiting++;
    struct publisher *publisher = &clients->publishers[0];
    send_whole(publisher->fd, publisher->secure, head, (size_t)length);
    send_whole(publisher->fd, publisher->secure, lines, used);
}

/// Waits for the rest of an answer that is too long to be kept, as a batch's is.
static void receive_long_answer(
    struct clients *clients, struct publisher *publisher, const char *begin
) {
    static char answer[4 << 20];
    size_t have = publisher->rest_count;
    memcpy(answer, begin, have);
    while (http_message_length(answer, have) == 0) {
        poll(&(struct pollfd){.fd = publisher->fd, .events = POLLIN}, 1, PATIENCE_MS);
        ssize_t count =
            receive_some(publisher->fd, publisher->secure, answer + have, sizeof answer - have);
        if (count < 0 && errno == EAGAIN) continue;
        if (count <= 0) die("the hub does not answer a batch");
        have += (size_t)count;
    }
    if (memcmp(answer, "HTTP/1.1 201 ", 13) != 0) die("a batch was refused: %.300s", answer);
    publisher->waiting--;
    publisher->rest_count = 0;
    clients->answered++;
}

static void receive_answers(struct clients *clients, struct publisher *publisher) {
    memcpy(buffer, publisher->rest, publisher->rest_count);
    ssize_t count = receive_some(publisher->fd, publisher->secure, buffer + publisher->rest_count,
        sizeof buffer - publisher->rest_count);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) die("the server closed a publisher");
    // These answer nothing: what comes is the upgrade, or a question whether the client lives.
    if (clients->dialect == RELAY_NATS && memmem(buffer, (size_t)count, "PING", 4))
        send_whole(publisher->fd, NULL, "PONG\r\n", 6);
    if (clients->dialect == RELAY_NATS || clients->dialect == RELAY_WEBSOCKET) return;
    const char *bytes = (const char *)buffer;
    size_t total = publisher->rest_count + (size_t)count, offset = 0, length;
    while ((length = http_message_length(bytes + offset, total - offset)) > 0) {
        // 202 is nchan's for a channel that nobody listens to.
        if (memcmp(bytes + offset, "HTTP/1.1 20", 11) != 0)
            die("a publish was refused: %.*s", (int)length, bytes + offset);
        if (publisher->waiting == 0) die("an answer to no request");
        publisher->waiting--;
        clients->answered++;
        offset += length;
    }
    publisher->rest_count = total - offset;
    if (publisher->rest_count > sizeof publisher->rest)
        return receive_long_answer(clients, publisher, bytes + offset);
    memcpy(publisher->rest, bytes + offset, publisher->rest_count);
}

// MARK: Subscribers

static void take_message(
    struct clients *clients, struct subscriber *subscriber, const char *json, size_t count,
    uint64_t now
) {
    static const char event[] = "{\"type\":\"sample\"";
    if (count < sizeof event || memcmp(json, event, sizeof event - 1) != 0) {
        if (find_after(json, count, "\"type\":\"subscribed\"")) {
            subscriber->isOpen = true;
            clients->open_count++;
        } else if (find_after(json, count, "\"type\":\"lag\"")) {
            clients->lags++;
        } else if (find_after(json, count, "\"type\":\"caught_up\"")) {
            clients->caught_up++;
        } else if (!find_after(json, count, "\"type\":\"welcome\"")) {
            die("unexpected: %.*s", (int)count, json);
        }
        return;
    }
    const char *seq = find_after(json, count, "\"seq\":");
    const char *time = find_after(json, count, "\"t\":");
    if (!seq || !time) die("not an event of this run: %.*s", (int)count, json);
    uint64_t number = number_at(seq, json + count);
    if (number != subscriber->seq + 1)
        die("subscriber %zu got event %llu after %llu", (size_t)(subscriber - clients->subscribers),
            (unsigned long long)number, (unsigned long long)subscriber->seq);
    subscriber->seq = number;
    clients->received++;
    if (clients->latency) note(clients->latency, now - (number_at(time, json + count) - TIME_BASE));
}

static void take_deflated(
    struct clients *clients, struct subscriber *subscriber, const uint8_t *bytes, size_t count
) {
    if (!clients->deflated) die("a compressed frame that nobody asked for");
    for (size_t index = 0; index + 8 <= count; index += 8) {
        uint64_t word;
        memcpy(&word, bytes + index, sizeof word);
        subscriber->digest = (subscriber->digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    }
    subscriber->digest = (subscriber->digest ^ count) * UINT64_C(0x9E3779B97F4A7C15);
    subscriber->seq++;
    clients->received++;
    if (subscriber != clients->subscribers) return;
    uint32_t length = (uint32_t)count;
    fwrite(&length, sizeof length, 1, clients->deflated);
    fwrite(bytes, 1, count, clients->deflated);
}

/// Takes one frame; returns its length, or 0 while it is not whole.
static size_t take_frame(
    struct clients *clients, struct subscriber *subscriber, const uint8_t *frame, size_t count,
    uint64_t now
) {
    if (count < 2) return 0;
    size_t length = frame[1], head = 2;
    if (length == 126) {
        if (count < (head = 4)) return 0;
        length = (size_t)frame[2] << 8 | frame[3];
    } else if (length == 127) {
        if (count < (head = 10)) return 0;
        length = 0;
        for (int index = 2; index < 10; index++) length = length << 8 | frame[index];
    }
    if (length > BUFFER_BYTES / 2) die("a frame of %zu bytes", length);
    if (count < head + length) return 0;
    switch (frame[0]) {
    case 0x81: take_message(clients, subscriber, (const char *)frame + head, length, now); break;
    case 0xC1: take_deflated(clients, subscriber, frame + head, length); break;
    case 0x89: send_whole(subscriber->fd, subscriber->secure, "\x8A\x80\0\0\0\0", 6); break;
    default: die("a frame that begins with %02x %.*s", frame[0], (int)length, frame + head);
    }
    return head + length;
}

static void opened(struct clients *clients, struct subscriber *subscriber) {
    subscriber->isOpen = true;
    clients->open_count++;
}

/// Takes one message of nats-server; returns its length, or 0 while it is not whole.
static size_t take_nats_message(
    struct clients *clients, struct subscriber *subscriber, const uint8_t *bytes, size_t count,
    uint64_t now
) {
    const char *payload;
    size_t payload_count;
    size_t length = take_nats((const char *)bytes, count, &payload, &payload_count);
    if (length == 0) return 0;
    if (payload) take_message(clients, subscriber, payload, payload_count, now);
    else if (bytes[0] == 'P' && bytes[1] == 'O') opened(clients, subscriber);
    else if (bytes[0] == 'P') send_whole(subscriber->fd, NULL, "PONG\r\n", 6);
    return length;
}

static void keep_rest(struct subscriber *subscriber, const uint8_t *bytes, size_t count) {
    if (count > 0) {
        subscriber->rest = realloc(subscriber->rest, count);
        if (!subscriber->rest) die("out of memory");
        memcpy(subscriber->rest, bytes, count);
    } else {
        free(subscriber->rest);
        subscriber->rest = NULL;
    }
    subscriber->rest_count = (uint32_t)count;
}

static void receive_frames(struct clients *clients, struct subscriber *subscriber) {
    size_t total = subscriber->rest_count, offset = 0, length;
    if (total) memcpy(buffer, subscriber->rest, total);
    ssize_t count =
        receive_some(subscriber->fd, subscriber->secure, buffer + total, sizeof buffer - total);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) die("the server closed a subscriber: %s", count ? strerror(errno) : "end");
    clients->reads++;
    clients->bytes += (uint64_t)count;
    total += (size_t)count;
    if (buffer[0] == 'H') {  // 0x48 begins no frame: a part of a Close
        if (!(length = http_message_length((char *)buffer, total)))
            return keep_rest(subscriber, buffer, total);
        if (memcmp(buffer, "HTTP/1.1 101 ", 13) != 0) die("no upgrade: %.300s", buffer);
        offset = length;
        if (clients->dialect != HUB) opened(clients, subscriber);
    }
    uint64_t now = now_ns();
    size_t (*take_one)(struct clients *, struct subscriber *, const uint8_t *, size_t, uint64_t) =
        clients->dialect == RELAY_NATS ? take_nats_message : take_frame;
    while ((length = take_one(clients, subscriber, buffer + offset, total - offset, now)) > 0)
        offset += length;
    if (offset < total || subscriber->rest) keep_rest(subscriber, buffer + offset, total - offset);
}

// MARK: Waiting

int take(struct clients *clients, int milliseconds) {
    struct epoll_event events[512];
    int count = 0;
    // A sleeping load would be woken by the server's sends, and that is dear in a virtual machine:
    // how often would be chance. So it looks again and again, for floor and hub alike.
    for (uint64_t end = now_ns() + (uint64_t)milliseconds * 1000000; count <= 0 && now_ns() <= end;)
        count = epoll_wait(clients->epoll, events, 512, 0);
    for (int index = 0; index < count; index++) {
        uint64_t number = events[index].data.u64;
        if (number < clients->subscriber_count)
            receive_frames(clients, &clients->subscribers[number]);
        else
            receive_answers(clients, &clients->publishers[number - clients->subscriber_count]);
    }
    return count < 0 ? 0 : count;
}

void take_until(struct clients *clients, uint64_t received, uint64_t answered) {
    while (clients->received < received || clients->answered < answered)
        if (take(clients, PATIENCE_MS) == 0)
            die("%llu of %llu deliveries and %llu of %llu answers did not come",
                (unsigned long long)(received - clients->received), (unsigned long long)received,
                (unsigned long long)(answered - clients->answered), (unsigned long long)answered);
}

void expect_silence(struct clients *clients) {
    uint64_t received = clients->received;
    for (uint64_t end = now_ns() + SILENCE_MS * UINT64_C(1000000); now_ns() < end;)
        take(clients, SILENCE_MS);
    if (clients->received != received) die("events came that nobody published");
    if (!clients->deflated) return;
    for (size_t index = 0; index < clients->subscriber_count; index++)
        if (clients->subscribers[index].digest != clients->subscribers[0].digest)
            die("subscriber %zu got other bytes than the first", index);
    if (fflush(clients->deflated) != 0) die("the compressed events cannot be written");
}
