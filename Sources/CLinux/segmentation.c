#define _GNU_SOURCE
#include "segmentation.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Kernel 6.18 has 64 features; the buffers leave room for as many again. */
enum { LIMIT = 128 };

/* The kernel's structures end in an array without a size; the room for it stands behind them. */
#pragma clang diagnostic ignored "-Wgnu-variable-sized-type-not-at-end"

static int ethtool(int fd, const char *name, void *command) {
  struct ifreq r = {.ifr_data = command};
  strncpy(r.ifr_name, name, sizeof r.ifr_name - 1);
  return ioctl(fd, SIOCETHTOOL, &r) ? -errno : 0;
}

static int active(int fd, const char *name) {
  static const struct { const char *name; int bit; } kinds[] = {
      {"tx-tcp-segmentation", ML_SEGMENTS_TCP4},
      {"tx-tcp6-segmentation", ML_SEGMENTS_TCP6},
      {"tx-udp-segmentation", ML_SEGMENTS_UDP},
  };
  struct { struct ethtool_sset_info info; uint32_t count; } set = {
      .info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES}};
  int result = ethtool(fd, name, &set);
  if (result) return result;
  if (!set.info.sset_mask || set.count > LIMIT) return -EOPNOTSUPP;

  struct { struct ethtool_gstrings head; char names[LIMIT][ETH_GSTRING_LEN]; } strings = {
      .head = {.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES, .len = set.count}};
  struct { struct ethtool_gfeatures head; struct ethtool_get_features_block blocks[LIMIT / 32]; } features = {
      .head = {.cmd = ETHTOOL_GFEATURES, .size = (set.count + 31) / 32}};
  if ((result = ethtool(fd, name, &strings)) || (result = ethtool(fd, name, &features))) return result;

  int mask = 0;
  for (uint32_t i = 0; i < set.count; i++) {
    if (!(features.blocks[i / 32].active >> i % 32 & 1)) continue;
    for (unsigned k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
      if (!strncmp(strings.names[i], kinds[k].name, ETH_GSTRING_LEN)) mask |= kinds[k].bit;
  }
  return mask;
}

int ml_netdev_segmentation(const char *name) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int result = active(fd, name);
  close(fd);
  return result;
}
