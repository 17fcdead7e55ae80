/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet, one 802.1Q tag, IPv4, IPv6 with extension headers: as far as steering needs them, the flow's hash
 * included. The rules are those of Sources/Wire/Headers; tests compare the two on random and malformed frames. */
#pragma once
#include "hash.h"

enum {
  ETHERTYPE_IPV4 = 0x0800,
  ETHERTYPE_VLAN = 0x8100,
  ETHERTYPE_IPV6 = 0x86DD,
  ETHERTYPE_SERVICE_VLAN = 0x88A8,
  PROTOCOL_HOP_BY_HOP = 0,
  PROTOCOL_TCP = 6,
  PROTOCOL_UDP = 17,
  PROTOCOL_ROUTING = 43,
  PROTOCOL_FRAGMENT = 44,
  PROTOCOL_DESTINATION_OPTIONS = 60,
};

struct headers {
  /* Destination address: six bytes as they lie in the frame, in the low bits; 0 of a runt. */
  __u64 destination;
  bool tagged;
  __u16 tci;
  bool hashed;
  __u32 hash;
  /* Offset of TCP or UDP ports, and which of the two; 0 when there are none. */
  __u32 ports;
  __u8 protocol;
};

/* Once the payload is found and the addresses are hashed: TCP and UDP add their ports, the rest is done, broken ones
 * are not hashed at all. position: the ports' place in the hash's input. */
static __always_inline void parse_ports(const struct view *view, struct headers *headers, __u32 hash, __u32 l4,
                                        __u32 packet_end, __u8 protocol, int position) {
  if (protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP) {
    const __u8 *pair = at(view, l4, 4);
    if (l4 + 4 > packet_end || !pair)
      return;
    hash = hash_words(view->table, hash, pair, 1, position);
    headers->ports = l4;
    headers->protocol = protocol;
  }
  headers->hash = hash;
  headers->hashed = true;
}

static __always_inline void parse_ipv4(const struct view *view, struct headers *headers, __u32 l3) {
  const __u8 *ip = at(view, l3, 20);
  if (!ip)
    return;
  __u32 header_length = (ip[0] & 0xF) * 4;
  __u32 length = bpf_ntohs(load16(ip + 2));
  if (ip[0] >> 4 != 4 || header_length < 20 || length < header_length || l3 + length > view->total)
    return;
  /* MF or an offset: a fragment. */
  if (load16(ip + 6) & bpf_htons(0x3FFF))
    return;
  __u32 hash = hash_words(view->table, 0, ip + 12, 2, 0);
  parse_ports(view, headers, hash, l3 + header_length, l3 + length, ip[9], 8);
}

static __always_inline bool is_extension(__u8 header) {
  return header == PROTOCOL_HOP_BY_HOP || header == PROTOCOL_ROUTING || header == PROTOCOL_DESTINATION_OPTIONS;
}

static __always_inline void parse_ipv6(const struct view *view, struct headers *headers, __u32 l3) {
  const __u8 *ip = at(view, l3, 40);
  if (!ip)
    return;
  __u32 packet_end = l3 + 40 + bpf_ntohs(load16(ip + 4));
  if (ip[0] >> 4 != 6 || packet_end > view->total)
    return;
  __u32 hash = hash_words(view->table, 0, ip + 8, 8, 0);
  __u8 next = ip[6];
  __u32 l4 = l3 + 40;
#pragma unroll 1
  for (int walked = 0; is_extension(next); walked++) {
    /* One that ends behind the packet is caught below. */
    const __u8 *extension = at(view, l4, 8);
    if (walked == MR_MAX_EXTENSION_HEADERS || !extension)
      return;
    next = extension[0];
    l4 += (extension[1] + 1) * 8;
  }
  if (next != PROTOCOL_FRAGMENT && l4 <= packet_end)
    parse_ports(view, headers, hash, l4, packet_end, next, 32);
}

static __always_inline void parse(const struct view *view, struct headers *headers) {
  const __u8 *ethernet = at(view, 0, 14);
  if (!ethernet)
    return;
  headers->destination = load64(ethernet) & 0xFFFFFFFFFFFF;
  __u16 type = load16(ethernet + 12);
  __u32 l3 = 14;
  if (type == bpf_htons(ETHERTYPE_VLAN)) {
    const __u8 *tag = at(view, 14, 4);
    if (!tag)
      return;
    headers->tagged = true;
    headers->tci = bpf_ntohs(load16(tag));
    type = load16(tag + 2);
    l3 = 18;
  }
  if (type == bpf_htons(ETHERTYPE_IPV4))
    parse_ipv4(view, headers, l3);
  else if (type == bpf_htons(ETHERTYPE_IPV6))
    parse_ipv6(view, headers, l3);
}
