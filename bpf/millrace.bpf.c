/* SPDX-License-Identifier: Apache-2.0 */
/* The programs: millrace gives every frame of a netdev to one worker's AF_XDP socket, millrace_tap names the tap
 * queue for frames the host sends into its own vNIC. Both run in the sender's context: lean comes first. */
#include "context.h"

char _license[] SEC("license") = "GPL";

static __always_inline int counted(int counter, int action) {
  __u32 zero = 0;
  struct port_counters *port = bpf_map_lookup_elem(&counters, &zero);
  if (port)
    port->count[counter]++;
  return action;
}

/* Puts the metadata right in front of the frame, in place of what a driver may have left there. */
static __always_inline bool write_metadata(struct xdp_md *context, const struct mr_frame_metadata *metadata) {
  int present = (int)((long)context->data - (long)context->data_meta);
  if (bpf_xdp_adjust_meta(context, present - (int)sizeof(*metadata)))
    return false;
  struct mr_frame_metadata *front = (void *)(long)context->data_meta;
  if ((void *)(front + 1) > (void *)(long)context->data)
    return false;
  *front = *metadata;
  return true;
}

/* What numbers a socket's frames; NULL in generic mode, where several CPUs may serve a device queue at once. */
static __always_inline __u64 *frames_given(__u32 socket) {
  return constants.contextKind == MR_CONTEXT_GENERIC ? NULL : bpf_map_lookup_elem(&given, &socket);
}

/* Everything behind the choice of the view; inlined once for each kind of view. */
static __always_inline int forward(struct xdp_md *context, const struct view *view) {
  struct headers headers = {};
  struct outer_tag outer = {};
  struct decision decision = {};
  struct mr_frame_metadata metadata = {};
  parse(view, &headers);
  read_context(context, &headers, &metadata, &outer);
  if (!steer(&headers, &outer, &decision))
    return counted(MR_COUNT_NO_SOCKET, XDP_PASS);
  metadata.flags |= decision.arrangement << MR_META_SECOND_SHIFT;
  metadata.queue = decision.queue;
  metadata.worker = decision.worker;
  if (decision.hashed) {
    metadata.hash = headers.hash;
    metadata.flags |= MR_META_HASHED;
  }
  __u32 socket = context->rx_queue_index * MR_MAX_WORKERS + decision.worker;
  __u64 *frames = frames_given(socket);
  if (frames)
    metadata.number = *frames + 1;
  if (!write_metadata(context, &metadata))
    return counted(MR_COUNT_NO_METADATA, XDP_DROP);
  int action = bpf_redirect_map(&xsks, socket, XDP_PASS);
  if (frames && action == XDP_REDIRECT)
    *frames += 1;
  return counted(action == XDP_REDIRECT ? MR_COUNT_REDIRECTED : MR_COUNT_NO_SOCKET, action);
}

/* Room for a copy of the window, and the window's size for a frame of view->total bytes. */
static __always_inline struct header_copy *prepare_copy(struct view *view) {
  __u32 zero = 0;
  __u32 size = view->total < MR_HEADER_WINDOW ? view->total : MR_HEADER_WINDOW;
  opaque(size);
  view->window = size;
  struct header_copy *copy = bpf_map_lookup_elem(&header_copies, &zero);
  view->copy = copy;
  view->table = bpf_map_lookup_elem(&toeplitz, &zero);
  return view->table && size && size <= MR_HEADER_WINDOW ? copy : NULL;
}

/* The window is not in one piece: a first fragment shorter than its headers. */
static __noinline int forward_copy(struct xdp_md *context) {
  struct view view = {.total = bpf_xdp_get_buff_len(context)};
  struct header_copy *copy = prepare_copy(&view);
  if (!copy || bpf_xdp_load_bytes(context, 0, copy->bytes, view.window))
    return XDP_DROP;
  return forward(context, &view);
}

SEC("xdp.frags") int millrace(struct xdp_md *context) {
  __u32 zero = 0;
  struct view view = {.data = (void *)(long)context->data, .end = (void *)(long)context->data_end};
  __u32 linear = view.end - view.data;
  view.total = frame_length(context, linear);
  if (linear < MR_HEADER_WINDOW && linear < view.total)
    return forward_copy(context);
  view.window = linear < MR_HEADER_WINDOW ? linear : MR_HEADER_WINDOW;
  view.table = bpf_map_lookup_elem(&toeplitz, &zero);
  if (!view.table)
    return XDP_PASS;
  return forward(context, &view);
}

/* The frame's first bytes. In a tap the sk_buff begins with them, and those that TCP wrote itself have their payload in
 * pages, which the relative load does not read. */
static __always_inline long load_from_mac(struct __sk_buff *skb, void *to, __u32 size) {
  return constants.tapPulledBytes ? bpf_skb_load_bytes_relative(skb, 0, to, size, BPF_HDR_START_MAC)
                                  : bpf_skb_load_bytes(skb, 0, to, size);
}

/* Attached with TUNSETSTEERINGEBPF: the result, modulo the tap's queues, is the queue; queue i is worker i's. */
SEC("socket") int millrace_tap(struct __sk_buff *skb) {
  struct view view = {.total = skb->len + constants.tapPulledBytes};
  struct header_copy *copy = prepare_copy(&view);
  if (!copy || load_from_mac(skb, copy->bytes, view.window))
    return 0;
  struct headers headers = {};
  struct decision decision = {};
  struct outer_tag outer = {
      .present = skb->vlan_present,
      .service = skb->vlan_proto != bpf_htons(ETHERTYPE_VLAN),
      .tci = skb->vlan_tci,
  };
  parse(&view, &headers);
  steer(&headers, &outer, &decision);
  return decision.worker;
}
