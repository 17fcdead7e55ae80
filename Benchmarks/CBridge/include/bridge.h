/* The switch's road for ports in memory, written in C as a yardstick for Sources/Dataplane: the same frames, the same
 * batches, the same tables and counters. One worker. */
#pragma once
#include <stdint.h>

struct bridge;

/* `base`: the memory that holds the frames, given by offset. `addresses`: what the FDB has room for. */
struct bridge *bridge_create(void *base, unsigned ports, uint64_t addresses);
void bridge_destroy(struct bridge *);
/* Learns an address. */
void bridge_learn(struct bridge *, uint64_t address, uint16_t port, uint32_t second);
/* Puts a frame into a port's receive ring; 0 when it is full. */
int bridge_offer(struct bridge *, unsigned port, uint64_t address, uint32_t length);
/* Takes a frame from a port's transmit ring; 0 when there is none. */
int bridge_take(struct bridge *, unsigned port, uint64_t *address);
/* One pass over every port at `now` (nanoseconds). Returns frames received plus transmitted. */
unsigned bridge_pass(struct bridge *, uint64_t now);
