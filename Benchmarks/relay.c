#define _GNU_SOURCE
#include "relay.h"

#include <stdio.h>
#include <string.h>

size_t write_greeting(const struct clients *clients, bool publishes, char *output, size_t room) {
    if (clients->dialect == RELAY_NATS)
        return (size_t)snprintf(output, room,
            "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n%sPING\r\n",
            publishes ? "" : "SUB bench 1\r\n");
    if (publishes && clients->dialect != RELAY_WEBSOCKET) return 0;
    return (size_t)snprintf(output, room,
        "GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        publishes ? "publish" : "ws", clients->port);
}

/// The head of a frame as a client sends it; masked by zeros, the payload stays as it is.
static size_t write_frame_head(char *output, size_t length) {
    output[0] = (char)0x81;
    output[1] = (char)(0x80 | 126);
    output[2] = (char)(length >> 8);
    output[3] = (char)length;
    memset(output + 4, 0, 4);
    return 8;
}

size_t write_relayed(
    struct clients *clients, const char *padding, size_t padding_count, char *output
) {
    char head[256];
    unsigned long long number = ++clients->numbered;
    size_t used = 0, head_count = (size_t)snprintf(head, sizeof head,
        "{\"type\":\"sample\",\"group\":\"bench:0\",\"seq\":%llu,\"cursor\":\"abcdef-%llu\","
        "\"timestamp\":\"2026-01-15T10:00:00.123Z\",\"data\":{\"t\":%019llu,\"p\":\"",
        number, number, (unsigned long long)(TIME_BASE + now_ns()));
    size_t length = head_count + padding_count + 3;
    if (clients->dialect == RELAY_HTTP)
        used = (size_t)sprintf(output,
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n", length);
    else if (clients->dialect == RELAY_NATS)
        used = (size_t)sprintf(output, "PUB bench %zu\r\n", length);
    else
        used = write_frame_head(output, length);
    memcpy(output + used, head, head_count);
    memcpy(output + used + head_count, padding, padding_count);
    memcpy(output + used + head_count + padding_count, "\"}}", 3);
    used += length;
    if (clients->dialect == RELAY_NATS) memcpy(output + used, "\r\n", 2), used += 2;
    return used;
}

size_t take_nats(const char *bytes, size_t count, const char **payload, size_t *payload_count) {
    const char *end = memchr(bytes, '\n', count);
    *payload = NULL;
    if (!end) return 0;
    size_t line = (size_t)(end + 1 - bytes);
    if (memcmp(bytes, "-ERR", 4) == 0) die("nats-server: %.*s", (int)line, bytes);
    if (memcmp(bytes, "MSG ", 4) != 0) return line;
    // MSG SUBJECT ID BYTES
    const char *last = memrchr(bytes, ' ', line);
    size_t length = number_at(last + 1, end);
    if (count < line + length + 2) return 0;
    *payload = bytes + line;
    *payload_count = length;
    return line + length + 2;
}
