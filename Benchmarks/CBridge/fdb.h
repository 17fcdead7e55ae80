/* The FDB as Sources/Dataplane/Tables has it: cache lines of a version and three entries, home and spare line. Only
 * what one worker's road needs: nothing is displaced, an address whose lines are full is not learned. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fdb {
  uint64_t *lines;
  uint64_t mask;
};

static inline uint64_t fdb_key(uint64_t address, uint16_t vlan) { return 1ull << 63 | (uint64_t)vlan << 48 | address; }

static inline uint64_t fdb_mix(uint64_t x) {
  x &= ~(1ull << 62);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

static inline uint64_t *fdb_home(const struct fdb *f, uint64_t hash) { return f->lines + (hash & f->mask) * 8; }

static inline uint64_t *fdb_spare(const struct fdb *f, uint64_t hash, const uint64_t *home) {
  uint64_t step = (hash >> 40 & f->mask) | 1;
  return f->lines + (((uint64_t)(home - f->lines) / 8) ^ step) * 8;
}

static inline bool fdb_find_in(const uint64_t *line, uint64_t key, uint64_t *value) {
  for (;;) {
    uint64_t version = __atomic_load_n(line, __ATOMIC_ACQUIRE);
    if (!(version & 1)) {
      bool found = false;
      for (int slot = 0; slot < 3; slot++)
        if ((__atomic_load_n(line + 1 + slot * 2, __ATOMIC_RELAXED) & ~(1ull << 62)) == key) {
          *value = __atomic_load_n(line + 2 + slot * 2, __ATOMIC_RELAXED);
          found = true;
        }
      __atomic_thread_fence(__ATOMIC_ACQUIRE);
      if (__atomic_load_n(line, __ATOMIC_RELAXED) == version) return found;
    }
  }
}

static inline bool fdb_find(const struct fdb *f, uint64_t key, uint64_t hash, uint64_t *value) {
  const uint64_t *home = fdb_home(f, hash);
  return fdb_find_in(home, key, value) || fdb_find_in(fdb_spare(f, hash, home), key, value);
}

static void __attribute__((noinline)) fdb_update(struct fdb *f, uint64_t key, uint64_t hash, uint64_t value) {
  uint64_t *home = fdb_home(f, hash), *lines[2] = {home, fdb_spare(f, hash, home)};
  for (int l = 0; l < 2; l++)
    for (int slot = 0; slot < 3; slot++) {
      uint64_t *entry = lines[l] + 1 + slot * 2;
      if ((__atomic_load_n(entry, __ATOMIC_ACQUIRE) & ~(1ull << 62)) != key) continue;
      uint64_t old = __atomic_load_n(entry + 1, __ATOMIC_ACQUIRE);
      if (old >> 32 == value >> 32) {
        __atomic_compare_exchange_n(entry + 1, &old, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
        return;
      }
      __atomic_store_n(entry + 1, value, __ATOMIC_RELEASE);
      return;
    }
  for (int l = 0; l < 2; l++)
    for (int slot = 0; slot < 3; slot++) {
      uint64_t *entry = lines[l] + 1 + slot * 2;
      if (entry[0]) continue;
      __atomic_fetch_add(lines[l], 1, __ATOMIC_ACQ_REL);
      entry[0] = key;
      entry[1] = value;
      __atomic_fetch_add(lines[l], 1, __ATOMIC_ACQ_REL);
      return;
    }
}

static inline void fdb_learn(struct fdb *f, uint64_t address, uint16_t vlan, uint64_t hash, uint16_t port,
                             uint32_t second) {
  uint64_t key = fdb_key(address, vlan), value = (uint64_t)port << 32 | second, known;
  if (fdb_find_in(fdb_home(f, hash), key, &known) && known == value) return;
  fdb_update(f, key, hash, value);
}
