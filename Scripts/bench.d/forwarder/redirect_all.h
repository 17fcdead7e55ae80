/* An XDP program that redirects every frame of a device through slot 0 of a map: to an AF_XDP socket (XSKMAP) or to
 * another device (DEVMAP). Attached in native mode by a bpf_link that lives as long as the process. */
#pragma once
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

static inline int must(int result, const char *what) {
  if (result >= 0) return result;
  fprintf(stderr, "%s: %s\n", what, strerror(errno ? errno : -result));
  exit(69);
}

static inline void redirect_all(int ifindex, int map) {
  struct bpf_insn code[] = {
      {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map},
      {0},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 0},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_DROP},
      {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
      {.code = BPF_JMP | BPF_EXIT},
  };
  LIBBPF_OPTS(bpf_prog_load_opts, load, .prog_flags = BPF_F_XDP_HAS_FRAGS);
  int program = must(bpf_prog_load(BPF_PROG_TYPE_XDP, "redirect_all", "GPL", code, sizeof code / sizeof *code, &load),
                     "loading the XDP program");
  LIBBPF_OPTS(bpf_link_create_opts, link, .flags = XDP_FLAGS_DRV_MODE);
  must(bpf_link_create(program, ifindex, BPF_XDP, &link), "attaching the XDP program");
}
