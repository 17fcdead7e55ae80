#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "millrace_abi.h"
SEC("xdp.frags") int millrace(struct xdp_md *c) { return XDP_PASS; }
char _license[] SEC("license") = "GPL";
