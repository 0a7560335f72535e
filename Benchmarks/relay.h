// What a load does otherwise with a server that hands on what it is sent.
#ifndef RELAY_H
#define RELAY_H

#include "client.h"

/// Writes what begins a subscription, or a publisher where that is told apart.
///
/// - Returns: How long it is; 0 where nothing has to be said.
size_t write_greeting(const struct clients *clients, bool publishes, char *output, size_t room);

/// Writes one publish, which is the event as the subscribers get it.
size_t write_relayed(
    struct clients *clients, const char *padding, size_t padding_count, char *output);

/// Takes one message of nats-server.
///
/// - Parameters:
///   - payload: Where an event begins; NULL if it is none.
///   - payload_count: Its length.
/// - Returns: How long the message is; 0 while it is not whole.
size_t take_nats(const char *bytes, size_t count, const char **payload, size_t *payload_count);

#endif
