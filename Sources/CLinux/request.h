#pragma once
#include <net/if.h>

/* One ioctl on a network device, of the sockets' (netdevice(7)). 0 or -errno. */
int ml_netdev_request(const char *name, unsigned long operation, struct ifreq *r);
