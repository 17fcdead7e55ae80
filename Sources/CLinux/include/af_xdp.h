/* AF_XDP as of kernel 6.18 (Documentation/networking/af_xdp.rst, xsk-tx-metadata.rst); Debian 12's if_xdp.h ends
 * before multi-buffer and TX metadata. Prefixed, so that a newer header does not collide. */
#pragma once
#include <linux/if_xdp.h>
#include <stdint.h>

enum {
  ML_XDP_USE_SG = 1 << 4,                  /* bind flag, 6.6 */
  ML_XDP_PKT_CONTD = 1 << 0,               /* descriptor option, 6.6 */
  ML_XDP_TX_METADATA = 1 << 1,             /* descriptor option, 6.8 */
  ML_XDP_UMEM_TX_METADATA_LEN = 1 << 2,    /* UMEM flag, 6.11 */
  ML_XDP_MAX_TX_SKB_BUDGET = 9,            /* socket option, 6.17 */
};

/* struct xdp_umem_reg with tx_metadata_len, 6.8. */
struct ml_xdp_umem_reg {
  uint64_t addr;
  uint64_t len;
  uint32_t chunk_size;
  uint32_t headroom;
  uint32_t flags;
  uint32_t tx_metadata_len;
};

enum { ML_XDP_TXMD_FLAGS_CHECKSUM = 1 << 1 };

/* struct xsk_tx_metadata up to the part we use; it ends where the frame begins. */
struct ml_tx_metadata {
  uint64_t flags;
  uint16_t csum_start;
  uint16_t csum_offset;
  uint32_t reserved;
};
_Static_assert(sizeof(struct ml_tx_metadata) == 16, "TX metadata");
