#define _GNU_SOURCE
#include "ntuple.h"
#include "request.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>

static int ethtool(const char *name, void *command) {
  struct ifreq r = {.ifr_data = command};
  return ml_netdev_request(name, SIOCETHTOOL, &r);
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
  result = ethtool(name, &flags);
  if (result) return result;
  /* The kernel does not say whether the driver did it. */
  return ml_ntuple_is_on(name) == (on != 0) ? 0 : -EOPNOTSUPP;
}

int ml_ntuple_count(const char *name) {
  struct ethtool_rxnfc count = {.cmd = ETHTOOL_GRXCLSRLCNT};
  int result = ethtool(name, &count);
  return result ? result : (int)count.rule_cnt;
}

/* All places that have a filter, in memory that the caller frees; NULL with *error. */
static struct ethtool_rxnfc *all_places(const char *name, uint32_t filters, int *error) {
  struct ethtool_rxnfc *all = calloc(1, sizeof *all + filters * sizeof(uint32_t));
  *error = -ENOMEM;
  if (!all) return NULL;
  all->cmd = ETHTOOL_GRXCLSRLALL;
  all->rule_cnt = filters;
  *error = ethtool(name, all);
  if (!*error) return all;
  free(all);
  return NULL;
}

int ml_ntuple_places(const char *name, uint32_t *places, uint32_t limit) {
  int error;
  struct ethtool_rxnfc *all = all_places(name, limit, &error);
  if (!all) return error;
  uint32_t found = all->rule_cnt < limit ? all->rule_cnt : limit;
  memcpy(places, all->rule_locs, found * sizeof *places);
  free(all);
  return (int)found;
}

int ml_ntuple_read(const char *name, uint32_t place, uint8_t address[6], uint32_t *queue) {
  static const uint8_t whole[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  struct ethtool_rxnfc filter = {.cmd = ETHTOOL_GRXCLSRULE, .fs = {.location = place}};
  int result = ethtool(name, &filter);
  if (result) return result;
  if (filter.fs.flow_type != ETHER_FLOW || memcmp(filter.fs.m_u.ether_spec.h_dest, whole, 6)) return -EINVAL;
  memcpy(address, filter.fs.h_u.ether_spec.h_dest, 6);
  *queue = (uint32_t)filter.fs.ring_cookie;
  return 0;
}

/* The last place that no filter has, for drivers that choose none themselves; -errno. */
static int free_place(const char *name, uint32_t filters) {
  int error;
  struct ethtool_rxnfc *all = all_places(name, filters, &error);
  if (!all) return error;
  int result = -ENOSPC;
  for (int64_t place = (int64_t)all->data - 1; place >= 0 && result < 0; place--) {
    uint32_t i = 0;
    while (i < all->rule_cnt && all->rule_locs[i] != place) i++;
    if (i == all->rule_cnt) result = (int)place;
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
