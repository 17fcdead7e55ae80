/* Which super-frames a network device segments (ethtool features, linux/ethtool.h). */
#pragma once
#include <stdint.h>

enum {
  ML_SEGMENTS_TCP4 = 1 << 0, /* tx-tcp-segmentation */
  ML_SEGMENTS_TCP6 = 1 << 1, /* tx-tcp6-segmentation */
  ML_SEGMENTS_UDP = 1 << 2,  /* tx-udp-segmentation, kernel 4.18 */
};

/* The device's active segmentation features, as ML_SEGMENTS_…; -errno on failure. Three ioctls on one socket. */
int ml_netdev_segmentation(const char *name);
