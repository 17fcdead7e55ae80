/* SPDX-License-Identifier: Apache-2.0 */
/* What every other header leans on. */
#pragma once
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "millrace_abi.h"

/* Hides a value's origin from clang, so that a bound the verifier must see is not optimised away. */
#define opaque(value) asm volatile("" : "+r"(value))

/* Fields are read by plain loads at any alignment, which the kernels we run on (x86-64, arm64) allow; memcpy would
 * make byte loads of them. */
#define load16(p) (*(const __u16 *)(p))
#define load32(p) (*(const __u32 *)(p))
#define load64(p) (*(const __u64 *)(p))

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "addresses and tags are compared in little-endian words");
