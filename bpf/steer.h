/* SPDX-License-Identifier: Apache-2.0 */
/* From headers to a worker: port -> queue (VMQ filter) -> entry of its indirection table. */
#pragma once
#include "parse.h"

/* A tag the kernel keeps beside the frame. */
struct outer_tag {
  bool present;
  /* 802.1ad: says nothing about the VLAN that filters name. */
  bool service;
  __u16 tci;
};

struct decision {
  __u32 arrangement;
  __u32 queue;
  __u32 worker;
  bool hashed;
};

/* The filter's key: address in the low six bytes, VLAN in the high two, as struct mr_filter lies in memory. */
static __always_inline __u64 filter_key(const struct headers *headers, const struct outer_tag *outer,
                                        __u16 untagged_vlan, __u32 arrangement) {
  __u16 vlan = 0;
  if (outer->present) {
    if (!outer->service)
      vlan = outer->tci & 0xFFF;
  } else if (headers->tagged) {
    vlan = headers->tci & 0xFFF;
  }
  /* Priority tags name no VLAN. */
  if (!vlan)
    vlan = untagged_vlan;
  return headers->destination | (__u64)(vlan | arrangement << MR_FILTER_SECOND_SHIFT) << 48;
}

/* False when the port or queue does not exist. */
static __always_inline bool steer(const struct headers *headers, const struct outer_tag *outer,
                                  struct decision *decision) {
  __u32 index = constants.port;
  const struct mr_port_steering *port = bpf_map_lookup_elem(&ports, &index);
  if (!port)
    return false;
  /* Read once: it may change at any time. */
  __u32 arrangement = *(const volatile __u32 *)&port->arrangement & (MR_ARRANGEMENTS - 1);
  const struct mr_steering *own = &port->arranged[arrangement];
  __u32 number = own->ownQueue;
  /* Bit 0 of the first byte: broadcast and multicast, never a port's own address. */
  if (own->flags & MR_PORT_BY_ADDRESS && headers->destination && !(headers->destination & 1)) {
    __u64 key = filter_key(headers, outer, own->untaggedVLAN, arrangement);
    const __u32 *filtered = bpf_map_lookup_elem(&filters, &key);
    if (filtered)
      number = *filtered;
  }
  __u32 place = number * MR_ARRANGEMENTS + arrangement;
  const struct mr_queue *queue = bpf_map_lookup_elem(&queues, &place);
  if (!queue)
    return false;
  decision->arrangement = arrangement;
  decision->queue = number;
  /* A second tag beside or in the frame hides the packet from us, as 802.1ad does. */
  decision->hashed = headers->hashed && !(outer->present && (outer->service || headers->tagged));
  decision->worker = decision->hashed ? queue->workers[headers->hash & (MR_INDIRECTION_ENTRIES - 1)]
                                      : queue->homeWorker & (MR_MAX_WORKERS - 1);
  return true;
}
