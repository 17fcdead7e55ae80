#define _GNU_SOURCE
#include "ntuple.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ethtool(const char *name, void *command) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  struct ifreq r = {.ifr_data = command};
  strncpy(r.ifr_name, name, sizeof r.ifr_name - 1);
  int result = ioctl(fd, SIOCETHTOOL, &r) ? -errno : 0;
  close(fd);
  return result;
}

int ml_ntuple_is_on(const char *name) {
  struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
  int result = ethtool(name, &flags);
  return result ? result : (flags.data & ETH_FLAG_NTUPLE) != 0;
}

int ml_ntuple_turn(const char *name, int on) {
  struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
  int result = ethtool(name, &flags);
  if (result) return result;
  flags.cmd = ETHTOOL_SFLAGS;
  flags.data = on ? flags.data | ETH_FLAG_NTUPLE : flags.data & ~ETH_FLAG_NTUPLE;
  return ethtool(name, &flags);
}

/* The last place that no filter has, for drivers that choose none themselves; -errno. */
static int free_place(const char *name, uint32_t filters) {
  struct ethtool_rxnfc *all = calloc(1, sizeof *all + filters * sizeof(uint32_t));
  if (!all) return -ENOMEM;
  all->cmd = ETHTOOL_GRXCLSRLALL;
  all->rule_cnt = filters;
  int result = ethtool(name, all);
  if (!result) {
    result = -ENOSPC;
    for (int64_t place = (int64_t)all->data - 1; place >= 0 && result < 0; place--) {
      uint32_t i = 0;
      while (i < all->rule_cnt && all->rule_locs[i] != place) i++;
      if (i == all->rule_cnt) result = (int)place;
    }
  }
  free(all);
  return result;
}

int ml_ntuple_add(const char *name, const uint8_t address[6], uint32_t queue) {
  struct ethtool_rxnfc count = {.cmd = ETHTOOL_GRXCLSRLCNT};
  int result = ethtool(name, &count);
  if (result) return result;
  struct ethtool_rxnfc filter = {.cmd = ETHTOOL_SRXCLSRLINS, .fs = {.flow_type = ETHER_FLOW, .ring_cookie = queue}};
  memcpy(filter.fs.h_u.ether_spec.h_dest, address, 6);
  memset(filter.fs.m_u.ether_spec.h_dest, 0xFF, 6);
  filter.fs.location = RX_CLS_LOC_ANY;
  if (!(count.data & RX_CLS_LOC_SPECIAL)) {
    int place = free_place(name, count.rule_cnt);
    if (place < 0) return place;
    filter.fs.location = (uint32_t)place;
  }
  result = ethtool(name, &filter);
  return result ? result : (int)filter.fs.location;
}

int ml_ntuple_remove(const char *name, uint32_t place) {
  struct ethtool_rxnfc filter = {.cmd = ETHTOOL_SRXCLSRLDEL, .fs = {.location = place}};
  return ethtool(name, &filter);
}
