/* A frame on the road, 64 bytes, and its headers: the rules of Sources/Wire. */
#pragma once
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct frame {
  uint64_t address, destination, source;
  uint32_t length, first_length, hash;
  uint16_t flags, tci, gso_size, gso_segments, checksum_start, checksum_offset, vlan, input, l4;
  uint8_t state, l2, l3, protocol, is_ipv6, parts, l4_header, joining;
  bool is_joined;
};
_Static_assert(sizeof(struct frame) == 64, "frame");

enum { TAGGED = 1, IPV4 = 2, IPV6 = 4, ARP = 8, FRAGMENT = 16, PORTS = 32, HASHABLE = 64, TRUNCATED = 128, MALFORMED = 256 };

struct headers {
  uint64_t destination, source;
  uint32_t ip_length;
  uint16_t flags, type, tci, l3, l4;
  uint8_t protocol;
};

static inline uint16_t big16(const uint8_t *p) {
  uint16_t v;
  memcpy(&v, p, 2);
  return ntohs(v);
}

static inline uint64_t mac(const uint8_t *p) {
  uint32_t high;
  memcpy(&high, p, 4);
  return (uint64_t)ntohl(high) << 16 | big16(p + 4);
}

static inline void parse_ports(struct headers *h, unsigned reach) {
  if (h->protocol != 6 && h->protocol != 17) {
    h->flags |= HASHABLE;
    return;
  }
  unsigned end = h->l4 + 4;
  if (end > h->l3 + h->ip_length)
    h->flags |= MALFORMED;
  else if (end <= reach)
    h->flags |= PORTS | HASHABLE;
}

static inline void parse_ipv4(struct headers *h, const uint8_t *f, unsigned reach, unsigned total) {
  unsigned l3 = h->l3;
  h->flags |= IPV4;
  if (l3 + 20 > total) {
    h->flags |= MALFORMED;
    return;
  }
  if (l3 + 20 > reach) return;
  unsigned header = (f[l3] & 15) * 4, length = big16(f + l3 + 2);
  if (f[l3] >> 4 != 4 || header < 20 || length < header || l3 + length > total) {
    h->flags |= MALFORMED;
    return;
  }
  h->ip_length = length;
  h->l4 = l3 + header;
  h->protocol = f[l3 + 9];
  if (big16(f + l3 + 6) & 0x3FFF) {
    h->flags |= FRAGMENT;
    return;
  }
  parse_ports(h, reach);
}

static inline void parse_ipv6(struct headers *h, const uint8_t *f, unsigned reach, unsigned total) {
  unsigned l3 = h->l3;
  h->flags |= IPV6;
  if (l3 + 40 > total) {
    h->flags |= MALFORMED;
    return;
  }
  if (l3 + 40 > reach) return;
  unsigned length = 40 + big16(f + l3 + 4), offset = l3 + 40, walked = 0;
  if (f[l3] >> 4 != 6 || l3 + length > total) {
    h->flags |= MALFORMED;
    return;
  }
  h->ip_length = length;
  uint8_t header = f[l3 + 6];
  while (header == 0 || header == 43 || header == 60) {
    if (offset + 8 > l3 + length) {
      h->flags |= MALFORMED;
      return;
    }
    if (offset + 8 > reach || walked == 8) return;
    header = f[offset];
    offset += (f[offset + 1] + 1u) * 8;
    walked++;
  }
  if (offset > l3 + length) {
    h->flags |= MALFORMED;
    return;
  }
  h->l4 = offset;
  h->protocol = header;
  if (header == 44) {
    h->flags |= FRAGMENT;
    return;
  }
  parse_ports(h, reach);
}

static inline struct headers parse(const uint8_t *f, unsigned available, unsigned total) {
  struct headers h = {0};
  unsigned reach = available < total ? available : total;
  if (reach > 256) reach = 256;
  if (reach < 14) {
    h.flags = TRUNCATED;
    return h;
  }
  h.destination = mac(f);
  h.source = mac(f + 6);
  h.type = big16(f + 12);
  h.l3 = 14;
  if (h.type == 0x8100) {
    if (reach < 18) {
      h.flags = TRUNCATED;
      return h;
    }
    h.tci = big16(f + 14);
    h.type = big16(f + 16);
    h.l3 = 18;
    h.flags = TAGGED;
  }
  switch (h.type) {
  case 0x0800: parse_ipv4(&h, f, reach, total); break;
  case 0x86DD: parse_ipv6(&h, f, reach, total); break;
  case 0x0806: h.flags |= ARP; break;
  }
  return h;
}
