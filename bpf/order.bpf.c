/* SPDX-License-Identifier: Apache-2.0 */
/* Are the frames of each TCP flow in order where a host receives them? A sender numbers the packets of a connection in
 * their identifications (Linux: one by one, also for those that may not be fragmented), lost ones and those sent again
 * included: unlike sequence numbers they count up whatever is lost. For experiments; see Sources/Measure. */
#include "base.h"
#include <linux/in.h>

char _license[] SEC("license") = "GPL";

struct order_flow {
  __u32 source;
  __u32 destination;
  __u32 ports;
};

/* The newest identification of each flow. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, struct order_flow);
  __type(value, __u32);
} order_flows SEC(".maps");

/* Of all flows together. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct mr_order_count);
} order_count SEC(".maps");

enum {
  /* linux/if_packet.h */
  OUTGOING = 4,
  IP_HEADER = 20,
  TCP_SYN = 0x02,
  TCP_RST = 0x04,
  /* An identification so little behind the newest one is of an older packet; else the newest are lost. */
  WINDOW = 8192,
};

static __always_inline void judge(const struct order_flow *flow, __u32 id, __u32 packets) {
  __u32 zero = 0;
  /* Of a super-frame's segments the last one counts. */
  __u32 last = (id + packets - 1) & 0xFFFF;
  struct mr_order_count *count = bpf_map_lookup_elem(&order_count, &zero);
  if (!count)
    return;
  __sync_fetch_and_add(&count->packets, packets);
  __u32 *newest = bpf_map_lookup_elem(&order_flows, flow);
  if (!newest) {
    bpf_map_update_elem(&order_flows, flow, &last, BPF_ANY);
    return;
  }
  __s16 step = (__s16)(id - *newest);
  if (step <= 0 && step > -WINDOW) {
    __sync_fetch_and_add(&count->outOfOrder, 1);
    return;
  }
  __sync_fetch_and_add(&count->missing, (__u16)(step - 1));
  *newest = last;
}

/* A packet socket's filter: nothing is kept of a frame. */
SEC("socket") int millrace_order(struct __sk_buff *skb) {
  __u8 ip[IP_HEADER], tcp[14];
  if (skb->pkt_type == OUTGOING || bpf_skb_load_bytes_relative(skb, 0, ip, sizeof(ip), BPF_HDR_START_NET))
    return 0;
  /* IPv4 without options. */
  if (ip[0] != 0x45 || ip[9] != IPPROTO_TCP ||
      bpf_skb_load_bytes_relative(skb, IP_HEADER, tcp, sizeof(tcp), BPF_HDR_START_NET))
    return 0;
  struct order_flow flow;
  __builtin_memcpy(&flow.source, ip + 12, 4);
  __builtin_memcpy(&flow.destination, ip + 16, 4);
  __builtin_memcpy(&flow.ports, tcp, 4);
  /* A new connection may have an earlier one's ports, and counts from a number of its own. */
  if (tcp[13] & TCP_SYN)
    bpf_map_delete_elem(&order_flows, &flow);
  __u32 id = ip[4] << 8 | ip[5];
  /* Packets of no socket have none. */
  if (!id || tcp[13] & (TCP_SYN | TCP_RST))
    return 0;
  judge(&flow, id, skb->gso_segs ? skb->gso_segs : 1);
  return 0;
}
