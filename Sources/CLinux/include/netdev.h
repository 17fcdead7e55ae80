/* Facts and settings of a network device (netdevice(7), linux/ethtool.h). All return -errno on failure. */
#pragma once
#include <stdint.h>

int ml_netdev_mtu(const char *name);
int ml_netdev_set_mtu(const char *name, int mtu);
/* IFF_UP. 0 or -errno. */
int ml_netdev_set_up(const char *name);
int ml_netdev_set_down(const char *name);
/* 1 when IFF_UP is set. */
int ml_netdev_is_up(const char *name);
/* 1 when IFF_UP and IFF_RUNNING are set. */
int ml_netdev_is_running(const char *name);
/* Frames it did not send, modulo 2^32 (IFLA_STATS); 0 when it is gone. */
uint32_t ml_netdev_transmit_dropped(const char *name);
int ml_netdev_address(const char *name, uint8_t address[6]);
int ml_netdev_set_address(const char *name, const uint8_t address[6]);
/* The driver's name ("veth", "tun", "ixgbe"): at most 31 characters. */
int ml_netdev_driver(const char *name, char driver[32]);
/* Opens a packet socket with vnet headers that sends to the device and receives nothing; -errno on failure.
 * `bypass` skips the device's qdisc: super-frames are refused then unless the device takes them. `promiscuous` holds
 * the device in promiscuous mode while the socket is open. */
int ml_packet_socket(uint32_t ifindex, int bypass, int promiscuous);
/* A netlink socket that becomes readable when a link appears, changes or goes; -errno on failure. */
int ml_link_events(void);
/* Reads and forgets what the link event socket holds. */
void ml_link_events_drain(int fd);
