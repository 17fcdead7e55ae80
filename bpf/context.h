/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel holds about a frame beside its bytes: tag, checksum state, segment size. Reached by CO-RE casts
 * (kernel 6.2), not by metadata kfuncs: those would bind the program to one device. */
#pragma once
#include "steer.h"

#ifdef MR_WITHOUT_BTF

/* A kernel without BTF cannot be asked: checksum states are guessed later, tags beside frames stay unseen. */
static __always_inline __u32 frame_length(struct xdp_md *context, __u32 linear) {
  return bpf_xdp_get_buff_len(context);
}

static __always_inline void read_context(struct xdp_md *context, const struct headers *headers,
                                         struct mr_frame_metadata *metadata, struct outer_tag *outer) {}

#else

#include <bpf/bpf_core_read.h>

#define kernel_type __attribute__((preserve_access_index))

/* The kernel's structures, as far as they are read; libbpf finds the real offsets in the running kernel's BTF. */
struct skb_shared_info {
  __u16 gso_size;
  __u16 gso_segs;
  __u32 gso_type;
} kernel_type;
struct sk_buff {
  __u8 ip_summed : 2;
  __be16 vlan_proto;
  __u16 vlan_tci;
  __u16 csum_start;
  __u16 csum_offset;
  __u32 end;
  unsigned char *head;
} kernel_type;
struct xdp_buff {
  void *data;
  void *data_hard_start;
  __u32 frame_sz;
  __u32 flags;
} kernel_type;
/* A structure of the kernel proper that begins with a pointer to an sk_buff. struct veth_xdp_buff, which holds the
 * pointer behind its xdp_buff, may live in a module, whose types bpf_rdonly_cast cannot name. */
struct sk_buff_list {
  struct sk_buff *next;
} kernel_type;

extern void *bpf_cast_to_kern_ctx(void *context) __ksym __weak;
extern void *bpf_rdonly_cast(const void *address, __u32 type) __ksym __weak;

#define cast(type, address) ((struct type *)bpf_rdonly_cast((address), bpf_core_type_id_kernel(struct type)))

enum {
  XDP_FLAGS_HAS_FRAGS = 1 << 0,
  CHECKSUM_PARTIAL = 3,
  /* include/linux/skbuff.h; an anonymous enum, so BTF cannot be asked. FIXED_ID is the second of two from 6.18 on. */
  GSO_TCPV4 = 1 << 0,
  GSO_DODGY = 1 << 1,
  GSO_TCP_ECN = 1 << 2,
  GSO_TCP_FIXED_ID = 1 << 3,
  GSO_TCPV6 = 1 << 4,
  GSO_UDP_L4 = 1 << 17,
  GSO_TCP_ACCECN = 1 << 19,
  GSO_TCP_FIXED_ID_6_18 = 1 << 30,
};

/* Bytes of the whole frame. Frames in one piece are told by a flag: calling
 * bpf_xdp_get_buff_len for each would cost 12 ns of 75. */
static __always_inline __u32 frame_length(struct xdp_md *context, __u32 linear) {
  struct xdp_buff *xdp = bpf_cast_to_kern_ctx(context);
  return xdp->flags & XDP_FLAGS_HAS_FRAGS ? bpf_xdp_get_buff_len(context) : linear;
}

/* Segment size and kind. A super-frame's checksum is always partial. */
static __always_inline void read_segments(const struct skb_shared_info *shared, const struct headers *headers,
                                          struct mr_frame_metadata *metadata) {
  __u16 size = shared->gso_size;
  if (!size)
    return;
  __u32 type = shared->gso_type & ~(__u32)GSO_DODGY;
  metadata->gsoSize = size;
  metadata->gsoSegments = shared->gso_segs;
  if (type & GSO_TCP_ECN)
    metadata->flags |= MR_META_GSO_ECN;
  if (type & GSO_TCP_ACCECN)
    metadata->flags |= MR_META_GSO_ACCECN;
  if (type & (GSO_TCP_FIXED_ID | GSO_TCP_FIXED_ID_6_18))
    metadata->flags |= MR_META_GSO_FIXED_ID;
  type &= ~(__u32)(GSO_TCP_ECN | GSO_TCP_ACCECN | GSO_TCP_FIXED_ID | GSO_TCP_FIXED_ID_6_18);
  if (headers->protocol == PROTOCOL_TCP && (type == GSO_TCPV4 || type == GSO_TCPV6))
    metadata->flags |= MR_META_GSO_TCP;
  else if (headers->protocol == PROTOCOL_UDP && type == GSO_UDP_L4)
    metadata->flags |= MR_META_GSO_UDP;
  else
    metadata->flags |= MR_META_GSO_OTHER;
}

/* The shared info lies at the end of the sk_buff's memory, rounded up to a cache line (SKB_DATA_ALIGN). */
static __always_inline void read_generic(struct xdp_md *context, const struct headers *headers,
                                         struct mr_frame_metadata *metadata) {
  struct xdp_buff *xdp = bpf_cast_to_kern_ctx(context);
  __u64 size = (bpf_core_type_size(struct skb_shared_info) + 63) & ~63ull;
  read_segments(cast(skb_shared_info, xdp->data_hard_start + xdp->frame_sz - size), headers, metadata);
  /* ip_summed cannot be reached from here, but a super-frame says it all. */
  if (metadata->flags & (MR_META_GSO_TCP | MR_META_GSO_UDP)) {
    metadata->flags |= MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL;
    metadata->checksumStart = headers->ports;
    metadata->checksumOffset = metadata->flags & MR_META_GSO_TCP ? 16 : 6;
  }
}

/* The veth driver puts the sender's sk_buff behind its xdp_buff; none for a frame that an XDP program sent. */
static __always_inline void read_veth(struct xdp_md *context, const struct headers *headers,
                                      struct mr_frame_metadata *metadata, struct outer_tag *outer) {
  struct xdp_buff *xdp = bpf_cast_to_kern_ctx(context);
  struct sk_buff *skb = cast(sk_buff_list, (void *)xdp + bpf_core_type_size(struct xdp_buff))->next;
  if (!skb)
    return;
  __be16 protocol = skb->vlan_proto;
  if (protocol) {
    outer->present = true;
    outer->service = protocol != bpf_htons(ETHERTYPE_VLAN);
    outer->tci = skb->vlan_tci;
    metadata->vlanTCI = outer->tci;
    metadata->flags |= outer->service ? MR_META_VLAN | MR_META_VLAN_SERVICE : MR_META_VLAN;
  }
  metadata->flags |= MR_META_CHECKSUM_KNOWN;
  if (BPF_CORE_READ_BITFIELD(skb, ip_summed) != CHECKSUM_PARTIAL)
    return;
  metadata->flags |= MR_META_PARTIAL;
  metadata->checksumOffset = skb->csum_offset;
  /* The kernel counts from the start of the sk_buff's memory. */
  metadata->checksumStart = skb->csum_start - (__u16)(xdp->data - (void *)skb->head);
  /* Frames sent before the peer lost segmentation offload may still be super-frames. */
  read_segments(cast(skb_shared_info, skb->head + skb->end), headers, metadata);
}

static __always_inline void read_context(struct xdp_md *context, const struct headers *headers,
                                         struct mr_frame_metadata *metadata, struct outer_tag *outer) {
  if (constants.contextKind == MR_CONTEXT_VETH)
    read_veth(context, headers, metadata, outer);
  else if (constants.contextKind == MR_CONTEXT_GENERIC)
    read_generic(context, headers, metadata);
}

#endif
