/* SPDX-License-Identifier: Apache-2.0 */
/* What the BPF programs (bpf/) and Swift share: map values and the metadata in front of a frame.
 * Included by both sides; the sizes are asserted here for both. */
#pragma once

#ifdef __bpf__
#include <linux/types.h>
typedef __u8 __mr_u8;
typedef __u16 __mr_u16;
typedef __u32 __mr_u32;
typedef __u64 __mr_u64;
#else
#include <stdint.h>
typedef uint8_t __mr_u8;
typedef uint16_t __mr_u16;
typedef uint32_t __mr_u32;
typedef uint64_t __mr_u64;
#endif

enum {
  MR_MAX_WORKERS = 64,
  MR_MAX_PORTS = 1024,
  MR_MAX_NETDEV_QUEUES = 64,
  /* VMQs: one a port at most, and queue 0, the default queue. */
  MR_MAX_QUEUES = 1025,
  MR_DEFAULT_QUEUE = 0,
  /* VMQ filters: several addresses and VLANs a port. */
  MR_MAX_FILTERS = 16384,
  /* Entries of one queue's indirection table (NDIS: 128). */
  MR_INDIRECTION_ENTRIES = 128,
  /* Bytes of a Toeplitz key (NDIS: 40), and the longest input: IPv6 addresses and ports. */
  MR_TOEPLITZ_KEY_BYTES = 40,
  MR_TOEPLITZ_INPUT_BYTES = 36,
  /* Headers are looked for in this many bytes of a frame, and no further. */
  MR_HEADER_WINDOW = 256,
  /* IPv6 extension headers walked before giving up. */
  MR_MAX_EXTENSION_HEADERS = 8,
};

/* What the kernel holds about a frame beside its bytes, and so where the XDP program finds it. */
enum {
  /* Nothing: a NIC's native XDP, or a kernel without BTF. */
  MR_CONTEXT_NONE = 0,
  /* Native XDP on a veth: the sender's sk_buff (checksum state, tag, segment size). */
  MR_CONTEXT_VETH = 1,
  /* Generic XDP: the sk_buff's shared info (segment size). */
  MR_CONTEXT_GENERIC = 2,
};

/* Set at load, constants to the verifier (.rodata): what does not apply is dead code. */
struct mr_constants {
  __mr_u32 port;
  /* MR_CONTEXT_*. */
  __mr_u32 contextKind;
  /* Bytes the kernel has pulled off a frame before millrace_tap runs: 0 in a tap device, the Ethernet header in
   * BPF_PROG_TEST_RUN. */
  __mr_u32 tapPulledBytes;
};
_Static_assert(sizeof(struct mr_constants) == 12, "constants");

/* mr_frame_metadata.flags */
enum {
  /* hash holds the Toeplitz hash (else the frame is unhashable: fragment, non-IP). */
  MR_META_HASHED = 1 << 0,
  /* vlanTCI holds a tag that the kernel keeps beside the frame, not in it. */
  MR_META_VLAN = 1 << 1,
  /* The kernel was asked about the checksum: MR_META_PARTIAL is exact. Else it must be guessed. */
  MR_META_CHECKSUM_KNOWN = 1 << 2,
  /* The L4 checksum field holds the pseudo-header sum only (CHECKSUM_PARTIAL). */
  MR_META_PARTIAL = 1 << 3,
  /* A super-frame: gsoSize bytes of payload a segment. */
  MR_META_GSO_TCP = 1 << 4,
  MR_META_GSO_UDP = 1 << 5,
  MR_META_GSO_ECN = 1 << 6,
  /* A super-frame of a kind no output can express (a tunnel's). */
  MR_META_GSO_OTHER = 1 << 7,
  /* With MR_META_VLAN: the tag is an 802.1ad service tag (0x88A8), not an 802.1Q tag. */
  MR_META_VLAN_SERVICE = 1 << 8,
  /* The frame was steered by the second arrangement, not by the first. */
  MR_META_SECOND_SHIFT = 9,
  MR_META_SECOND = 1 << MR_META_SECOND_SHIFT,
  /* All segments of a super-frame have its IPv4 identification. */
  MR_META_GSO_FIXED_ID = 1 << 10,
  /* All segments of a super-frame have its CWR flag: a part of AccECN's counter (RFC 9768). */
  MR_META_GSO_ACCECN = 1 << 11,
};

/* Written in front of every frame by the XDP program: it ends where the frame begins. Host byte order. */
struct mr_frame_metadata {
  __mr_u32 hash;
  __mr_u16 flags;
  __mr_u16 vlanTCI;
  __mr_u16 gsoSize;
  __mr_u16 gsoSegments;
  /* Bytes from the frame's first byte; only with MR_META_PARTIAL and MR_META_CHECKSUM_KNOWN. */
  __mr_u16 checksumStart;
  __mr_u16 checksumOffset;
  /* The queue (VMQ) the frame took, and the worker its table named. */
  __mr_u16 queue;
  __mr_u8 worker;
  __mr_u8 reserved;
  /* In native mode: the frame is the number-th, from 1, that this device queue gave this worker's socket; wraps. */
  __mr_u32 number;
};
_Static_assert(sizeof(struct mr_frame_metadata) == 24, "frame metadata");

/* Ports' steering, filters and queues exist twice, in two arrangements: while frames are steered by one, the other is
 * written. Which one a port goes by is one word, so that every frame is steered by one of them as a whole. */
enum {
  MR_ARRANGEMENTS = 2,
};

/* How the frames that arrive at a port are steered. */
enum {
  /* Look the destination address up in the VMQ filters; else every frame takes ownQueue. */
  MR_PORT_BY_ADDRESS = 1 << 0,
};
struct mr_steering {
  __mr_u32 flags;
  /* The queue of frames to no local address, or of all frames. */
  __mr_u32 ownQueue;
  /* VLAN of untagged frames, 0 for none. */
  __mr_u16 untaggedVLAN;
  __mr_u16 reserved;
};
/* Value of map ports, index: port. */
struct mr_port_steering {
  /* The arrangement in use: 0 or 1. */
  __mr_u32 arrangement;
  struct mr_steering arranged[MR_ARRANGEMENTS];
};
_Static_assert(sizeof(struct mr_port_steering) == 28, "port steering");

/* One queue: value of map queues, index: queue * MR_ARRANGEMENTS + arrangement. */
struct mr_queue {
  /* Takes what cannot be hashed. */
  __mr_u32 homeWorker;
  __mr_u32 reserved;
  __mr_u8 workers[MR_INDIRECTION_ENTRIES];
};
_Static_assert(sizeof(struct mr_queue) == 136, "queue");

/* Key of map filters: a VMQ filter, as NDIS has it. Value: the queue (u32). */
enum {
  /* In mr_filter.vlan. */
  MR_FILTER_SECOND_SHIFT = 15,
};
struct mr_filter {
  __mr_u8 address[6];
  /* 0 for untagged frames of a port without a VLAN. Bit 15: a filter of the second arrangement. */
  __mr_u16 vlan;
};
_Static_assert(sizeof(struct mr_filter) == 8, "filter");

/* The one value of map order_count (order.bpf.c). */
struct mr_order_count {
  __mr_u64 packets;
  /* Numbers passed over: packets that were lost on the way. */
  __mr_u64 missing;
  __mr_u64 outOfOrder;
};
_Static_assert(sizeof(struct mr_order_count) == 24, "order count");

/* The one value of map toeplitz: the hash of an input is the exclusive or, over its bytes, of
 * contribution[position][byte]. Shared by all programs, so that it stays in the caches. */
struct mr_toeplitz {
  __mr_u32 contribution[MR_TOEPLITZ_INPUT_BYTES][256];
};
_Static_assert(sizeof(struct mr_toeplitz) == 36864, "Toeplitz table");

/* Per-CPU counters of one port's program: values of map counters. */
enum {
  /* Given to a worker's socket. */
  MR_COUNT_REDIRECTED = 0,
  /* No worker's socket is bound: left to the host. */
  MR_COUNT_NO_SOCKET,
  /* The driver gives no room for metadata: dropped. */
  MR_COUNT_NO_METADATA,
  MR_COUNTERS,
};
