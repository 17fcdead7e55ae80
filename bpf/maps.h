/* SPDX-License-Identifier: Apache-2.0 */
/* Maps and constants of the programs. Swift owns every value: programs only read, and count. */
#pragma once
#include "base.h"

/* Shared by all ports of a switch: one instance, handed to every loaded object. */

/* Port index -> how its frames are steered. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, MR_MAX_PORTS);
  __type(key, __u32);
  __type(value, struct mr_port_steering);
} ports SEC(".maps");

/* (destination address, VLAN, arrangement) -> queue. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, MR_ARRANGEMENTS * MR_MAX_FILTERS);
  __type(key, struct mr_filter);
  __type(value, __u32);
} filters SEC(".maps");

/* (queue, arrangement) -> home worker and indirection table. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, MR_ARRANGEMENTS * MR_MAX_QUEUES);
  __type(key, __u32);
  __type(value, struct mr_queue);
} queues SEC(".maps");

/* The Toeplitz table of the switch's key. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct mr_toeplitz);
} toeplitz SEC(".maps");

/* One of each for every port. */

/* netdev queue * MR_MAX_WORKERS + worker -> socket; sized at load for the netdev's queues. */
struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, MR_MAX_WORKERS);
  __type(key, __u32);
  __type(value, __u32);
} xsks SEC(".maps");

/* Same keys: how many frames the socket was given, dropped ones included. Native mode only: there one CPU at a time
 * serves a device queue, so no atomics. Workers read it where it lies. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, MR_MAX_WORKERS);
  __type(key, __u32);
  __type(value, __u64);
} given SEC(".maps");

/* MR_COUNT_*; per CPU, and programs of one CPU do not interrupt each other: no atomics. */
struct port_counters {
  __u64 count[MR_COUNTERS];
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct port_counters);
} counters SEC(".maps");

/* The window of a frame whose headers are not in one piece. Twice the window, so that a field read at its last
 * byte stays inside. */
struct header_copy {
  __u8 bytes[2 * MR_HEADER_WINDOW];
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct header_copy);
} header_copies SEC(".maps");

const volatile struct mr_constants constants = {};
