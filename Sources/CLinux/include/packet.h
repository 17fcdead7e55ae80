/* Packet sockets with a virtio-net header in front of each frame: checksum and segmentation asked of the kernel. */
#pragma once
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { ML_VIRTIO_NET_HDR_GSO_UDP_L4 = 5 };

/* struct virtio_net_hdr, whose name is a union-laden type in newer headers. */
struct ml_vnet_header {
  uint8_t flags;
  uint8_t gso_type;
  uint16_t hdr_len;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
};
_Static_assert(sizeof(struct ml_vnet_header) == 10, "vnet header");

/* struct mmsghdr, which glibc shows only with _GNU_SOURCE. */
struct ml_message {
  struct msghdr header;
  unsigned length;
};
/* sendmmsg(2) without waiting. */
int ml_send_messages(int fd, struct ml_message *messages, unsigned count);
