/* XXH3, 128 bits. On x86 the library carries a build for each instruction set and picks the widest the CPU has. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>
#endif

static inline XXH128_hash_t ml_xxh3_128(const void *bytes, size_t count) { return XXH3_128bits(bytes, count); }
static inline uint64_t ml_xxh3_64(const void *bytes, size_t count, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, count, seed);
}
