/* SPDX-License-Identifier: Apache-2.0 */
/* The Toeplitz hash by table: one load for every input byte. */
#pragma once
#include "view.h"

/* Adds count words, as they lie in the frame, that stand at a position (in bytes) of the input. */
static __always_inline __u32 hash_words(const struct mr_toeplitz *table, __u32 hash, const __u8 *words, int count,
                                        int position) {
#pragma unroll
  for (int i = 0; i < count; i++) {
    __u32 word = load32(words + 4 * i);
    const __u32(*row)[256] = &table->contribution[position + 4 * i];
    hash ^= row[0][word & 0xFF] ^ row[1][word >> 8 & 0xFF] ^ row[2][word >> 16 & 0xFF] ^ row[3][word >> 24];
    /* One word after the other: clang would load them all first and run out of registers. */
    opaque(hash);
  }
  return hash;
}
