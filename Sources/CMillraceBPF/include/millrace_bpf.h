/* The compiled BPF objects (bpf/), embedded so that millrace finds them from any directory. */
#pragma once
#include <stddef.h>

struct millrace_bpf_object {
  const void *bytes;
  size_t size;
};

extern const struct millrace_bpf_object millrace_bpf_object;
/* For kernels without BTF. */
extern const struct millrace_bpf_object millrace_bpf_plain_object;
/* For experiments: are packets in order? */
extern const struct millrace_bpf_object millrace_bpf_order_object;
