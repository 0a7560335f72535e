// The floor: a server that does nothing but send.
//
// It speaks as much of the hub's protocol as the load needs, and no more: a GET makes a
// subscriber, a POST an event, which is not kept, parsed or queued. Frames are laid out before;
// for each event two numbers are written into one, and for each run of events that come
// together every subscriber gets one send. What a real hub costs is measured against this.
// With a certificate it does the same over TLS: what the kernel and OpenSSL cost.
#define _GNU_SOURCE
#include "common.h"
#include "secure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_GROUPS = 1024,
    MAX_BATCH = 256,
    READ_BYTES = 1 << 16,
    FRAME_HEAD = 4,
    MAX_DESCRIPTORS = 1 << 16,
};

struct group {
    int *subscribers;
    size_t count, capacity;
    uint64_t seq;
    /// The frames of the run that is gathered.
    size_t pending;
    char *frames;
};

static struct group groups[MAX_GROUPS];
static char template[FRAME_HEAD + 256];
static size_t frame_bytes, time_offset, seq_offset;
static char input[READ_BYTES];
static size_t input_count;
/// By descriptor; all NULL without TLS.
static SSL *secure[MAX_DESCRIPTORS];

static void make_template(size_t payload) {
    char *json = template + FRAME_HEAD;
    int used = snprintf(json, 256, "{\"type\":\"sample\",\"group\":\"bench\",\"seq\":0000000000,\"data\":{\"t\":%019d,\"p\":\"", 0);
    if (payload < (size_t)used + 3 || payload > 250) die("events of %zu bytes cannot be made", payload);
    memset(json + used, 'x', payload - (size_t)used - 3);
    memcpy(json + payload - 3, "\"}}", 3);
    size_t head = payload < 126 ? 2 : 4;
    char *frame = template + FRAME_HEAD - head;
    frame[0] = (char)0x81;
    frame[1] = (char)(payload < 126 ? payload : 126);
    if (head == 4) frame[2] = (char)(payload >> 8), frame[3] = (char)payload;
    memmove(template, frame, head + payload);
    frame_bytes = head + payload;
    seq_offset = (size_t)(find_after(template, frame_bytes, "\"seq\":") - template);
    time_offset = (size_t)(find_after(template, frame_bytes, "\"t\":") - template);
}

static struct group *group_at(const char *bytes, size_t count) {
    const char *number = find_after(bytes, count, "bench:");
    uint64_t index = number ? number_at(number, bytes + count) : MAX_GROUPS;
    if (index >= MAX_GROUPS) die("no such group");
    struct group *group = &groups[index];
    if (!group->frames) {
        group->frames = allocate(MAX_BATCH, frame_bytes);
        for (int place = 0; place < MAX_BATCH; place++)
            memcpy(group->frames + (size_t)place * frame_bytes, template, frame_bytes);
    }
    return group;
}

static void send_all(int fd, const char *bytes, size_t count) {
    send_whole(fd, secure[fd], bytes, count);
}

static void subscribe(int fd, const char *request, size_t count) {
    struct group *group = group_at(request, count);
    if (group->count == group->capacity) {
        group->capacity = group->capacity ? group->capacity * 2 : 64;
        group->subscribers = realloc(group->subscribers, group->capacity * sizeof(int));
        if (!group->subscribers) die("out of memory");
    }
    group->subscribers[group->count++] = fd;
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x15{\"type\":\"subscribed\"}";
    send_all(fd, answer, sizeof answer - 1);
}

/// Puts one event into the run of its group.
static void take_event(const char *request, size_t count) {
    struct group *group = group_at(request, count);
    const char *time = find_after(request, count, "\"t\":");
    if (!time || group->pending == MAX_BATCH) die("a request that the floor does not know");
    char *frame = group->frames + group->pending++ * frame_bytes;
    memcpy(frame + time_offset, time, TIME_DIGITS);
    uint64_t seq = ++group->seq;
    for (int place = 9; place >= 0; place--, seq /= 10)
        frame[seq_offset + (size_t)place] = (char)('0' + seq % 10);
}

static void fan_out(void) {
    for (int index = 0; index < MAX_GROUPS; index++) {
        struct group *group = &groups[index];
        if (group->pending == 0) continue;
        size_t bytes = group->pending * frame_bytes;
        for (size_t member = 0; member < group->count; member++)
            send_all(group->subscribers[member], group->frames, bytes);
        group->pending = 0;
    }
}

/// Answers the publisher, and then fans out once a whole burst is there.
static void publish(int fd, size_t burst) {
    static const char answer[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
    static size_t gathered;
    size_t offset = 0, length;
    while ((length = http_message_length(input + offset, input_count - offset)) > 0) {
        take_event(input + offset, length);
        offset += length;
        gathered++;
    }
    memmove(input, input + offset, input_count -= offset);
    if (gathered < burst) return;
    char answers[MAX_BATCH * sizeof answer];
    for (size_t index = 0; index < gathered; index++)
        memcpy(answers + index * (sizeof answer - 1), answer, sizeof answer - 1);
    send_all(fd, answers, gathered * (sizeof answer - 1));
    gathered = 0;
    fan_out();
}

/// Takes what one connection sent; of a subscriber that is its request, and then its end.
static void receive(int fd, size_t burst) {
    ssize_t count = receive_some(fd, secure[fd], input + input_count, READ_BYTES - input_count);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        if (secure[fd]) SSL_free(secure[fd]), secure[fd] = NULL;
        close(fd);
        return;
    }
    if (input_count == 0 && input[0] == 'G') {
        subscribe(fd, input, (size_t)count);
        return;
    }
    input_count += (size_t)count;
    publish(fd, burst);
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 6)
        die("usage: floor PORT EVENTS-AT-ONCE EVENT-BYTES [CERTIFICATE KEY]");
    SSL_CTX *tls = argc == 6 ? make_server_tls(argv[4], argv[5]) : NULL;
    int listener = listen_loopback(atoi(argv[1]));
    size_t burst = (size_t)atoi(argv[2]);
    if (burst == 0 || burst > MAX_BATCH) die("1 to %d events at once", MAX_BATCH);
    make_template((size_t)atoi(argv[3]));
    raise_descriptor_limit();
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    puts("ready");
    fflush(stdout);
    struct epoll_event events[512];
    while (true) {
        int count = epoll_wait(epoll, events, 512, -1);
        for (int index = 0; index < count; index++) {
            int fd = events[index].data.fd;
            if (fd != listener) {
                receive(fd, burst);
                continue;
            }
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                if (fd >= MAX_DESCRIPTORS) die("too many connections");
                secure[fd] = shake_hands(tls, fd, true);
                event.data.fd = fd;
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
