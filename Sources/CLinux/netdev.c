#define _GNU_SOURCE
#include "netdev.h"
#include "packet.h"
#include "request.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_QDISC_BYPASS
#define PACKET_QDISC_BYPASS 20
#endif

int ml_netdev_request(const char *name, unsigned long operation, struct ifreq *r) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  strncpy(r->ifr_name, name, sizeof r->ifr_name - 1);
  int result = ioctl(fd, operation, r) ? -errno : 0;
  close(fd);
  return result;
}

int ml_netdev_mtu(const char *name) {
  struct ifreq r = {0};
  int result = ml_netdev_request(name, SIOCGIFMTU, &r);
  return result ? result : r.ifr_mtu;
}

int ml_netdev_set_mtu(const char *name, int mtu) {
  struct ifreq r = {.ifr_mtu = mtu};
  return ml_netdev_request(name, SIOCSIFMTU, &r);
}

static int toggle_up(const char *name, int up) {
  struct ifreq r = {0};
  int result = ml_netdev_request(name, SIOCGIFFLAGS, &r);
  if (result || !(r.ifr_flags & IFF_UP) == !up) return result;
  r.ifr_flags ^= IFF_UP;
  return ml_netdev_request(name, SIOCSIFFLAGS, &r);
}

int ml_netdev_set_up(const char *name) { return toggle_up(name, 1); }

int ml_netdev_set_down(const char *name) { return toggle_up(name, 0); }

static int has_flags(const char *name, short flags) {
  struct ifreq r = {0};
  int result = ml_netdev_request(name, SIOCGIFFLAGS, &r);
  return result ? result : (r.ifr_flags & flags) == flags;
}

int ml_netdev_is_up(const char *name) { return has_flags(name, IFF_UP); }

int ml_netdev_is_running(const char *name) { return has_flags(name, IFF_UP | IFF_RUNNING); }

uint32_t ml_netdev_transmit_dropped(const char *name) {
  struct ifaddrs *all;
  uint32_t dropped = 0;
  if (getifaddrs(&all)) return 0;
  for (struct ifaddrs *one = all; one; one = one->ifa_next)
    if (one->ifa_addr && one->ifa_addr->sa_family == AF_PACKET && one->ifa_data && !strcmp(one->ifa_name, name))
      dropped = ((struct rtnl_link_stats *)one->ifa_data)->tx_dropped;
  freeifaddrs(all);
  return dropped;
}

int ml_netdev_address(const char *name, uint8_t address[6]) {
  struct ifreq r = {0};
  int result = ml_netdev_request(name, SIOCGIFHWADDR, &r);
  if (!result) memcpy(address, r.ifr_hwaddr.sa_data, 6);
  return result;
}

int ml_netdev_set_address(const char *name, const uint8_t address[6]) {
  struct ifreq r = {0};
  r.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  memcpy(r.ifr_hwaddr.sa_data, address, 6);
  return ml_netdev_request(name, SIOCSIFHWADDR, &r);
}

int ml_netdev_driver(const char *name, char driver[32]) {
  struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
  struct ifreq r = {0};
  r.ifr_data = (char *)&info;
  int result = ml_netdev_request(name, SIOCETHTOOL, &r);
  if (!result) {
    memcpy(driver, info.driver, 31);
    driver[31] = 0;
  }
  return result;
}

int ml_packet_socket(uint32_t ifindex, int bypass, int promiscuous) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int one = 1, buffer = 16 << 20;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = 0, .sll_ifindex = (int)ifindex};
  struct packet_mreq mode = {.mr_ifindex = (int)ifindex, .mr_type = PACKET_MR_PROMISC};
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) ||
      setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass) ||
      bind(fd, (struct sockaddr *)&address, sizeof address) ||
      (promiscuous && setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mode, sizeof mode))) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

_Static_assert(sizeof(struct ml_message) == sizeof(struct mmsghdr), "mmsghdr");

int ml_send_messages(int fd, struct ml_message *messages, unsigned count) {
  return sendmmsg(fd, (struct mmsghdr *)messages, count, MSG_DONTWAIT);
}

int ml_link_events(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -errno;
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

void ml_link_events_drain(int fd) {
  char buffer[8192];
  while (recv(fd, buffer, sizeof buffer, 0) > 0 || errno == ENOBUFS)
    ;
}
