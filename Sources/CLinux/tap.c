#define _GNU_SOURCE
#include "tap.h"
#include "netdev.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* USO (UDP segmentation) through tap: kernel 6.2; refused below, then only TSO. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* A queue of the tap `name`, which is made when there is none. */
static int attach(const char *name, short flags) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -errno;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags;
  if (ioctl(fd, TUNSETIFF, &request)) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

static int persist(const char *name, int stays) {
  int fd = attach(name, 0);
  if (fd < 0) return fd;
  int result = ioctl(fd, TUNSETPERSIST, stays) ? -errno : 0;
  close(fd);
  return result;
}

int ml_tap_make(const char *name) {
  int result = persist(name, 1);
  return result ? result : ml_netdev_set_up(name);
}

int ml_tap_remove(const char *name) { return persist(name, 0); }

int ml_tap_open(const char *name) {
  int fd = attach(name, IFF_MULTI_QUEUE);
  if (fd < 0) return fd;
  int header = 10;
  unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  if (ioctl(fd, TUNSETVNETHDRSZ, &header) ||
      (ioctl(fd, TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6) && ioctl(fd, TUNSETOFFLOAD, offloads))) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

int ml_tap_set_steering(int tap, int program) { return ioctl(tap, TUNSETSTEERINGEBPF, &program) ? -errno : 0; }
