/* What a driver says of its XDP and AF_XDP, and its NAPI threads: the generic netlink family "netdev", kernel 6.3
 * (Documentation/netlink/specs/netdev.yaml). Debian 12 has neither its header nor a library for it. */
#pragma once
#include <stdint.h>

enum {
  ML_XDP_BASIC = 1 << 0,        /* native XDP */
  ML_XDP_REDIRECT = 1 << 1,
  ML_XDP_TRANSMIT = 1 << 2,     /* ndo_xdp_xmit */
  ML_XDP_ZERO_COPY = 1 << 3,    /* AF_XDP */
  ML_XDP_OFFLOAD = 1 << 4,
  ML_XDP_RECEIVE_SG = 1 << 5,   /* frames of several buffers */
  ML_XDP_TRANSMIT_SG = 1 << 6,
};

enum {
  ML_XSK_TX_TIMESTAMP = 1 << 0,
  ML_XSK_TX_CHECKSUM = 1 << 1,
};

struct ml_driver_features {
  uint64_t xdp;         /* ML_XDP_… */
  uint64_t xsk;         /* ML_XSK_…: what zero-copy transmission takes in metadata, 6.8 */
  uint32_t zc_segments; /* the most descriptors of a frame in zero-copy, 6.6; 0: no zero-copy */
};

/* Asks for the device's features. 0 or -errno (ENOENT: a kernel without the family). */
int ml_query_driver(uint32_t ifindex, struct ml_driver_features *features);

/* The threads that poll the device's queues (threaded NAPI; kernel 6.8 tells): how many ids were written, or -errno
 * (E2BIG: there are more than `capacity`). */
int ml_napi_threads(uint32_t ifindex, int32_t *threads, int capacity);
