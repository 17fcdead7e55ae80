#define _GNU_SOURCE
#include "driver.h"
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  NETDEV_CMD_DEV_GET = 1,
  NETDEV_A_DEV_IFINDEX = 1,
  NETDEV_A_DEV_XDP_FEATURES = 3,
  NETDEV_A_DEV_XDP_ZC_MAX_SEGS = 4,
  NETDEV_A_DEV_XSK_FEATURES = 6,
};

/* A request with one attribute, and its answer. */
struct exchange {
  struct nlmsghdr head;
  struct genlmsghdr command;
  char attributes[8192 - NLMSG_HDRLEN - GENL_HDRLEN];
};

/* Sends a request and receives the answer in its place. 0 or -errno. */
static int ask(int fd, struct exchange *x, uint16_t family, uint8_t command, uint16_t attribute, const void *value,
               uint16_t size) {
  struct nlattr head = {.nla_len = NLA_HDRLEN + size, .nla_type = attribute};
  x->head = (struct nlmsghdr){.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + NLA_ALIGN(head.nla_len),
                              .nlmsg_type = family,
                              .nlmsg_flags = NLM_F_REQUEST,
                              .nlmsg_seq = 1};
  x->command = (struct genlmsghdr){.cmd = command, .version = 1};
  memset(x->attributes, 0, NLA_ALIGN(head.nla_len));
  memcpy(x->attributes, &head, sizeof head);
  memcpy(x->attributes + NLA_HDRLEN, value, size);
  if (send(fd, x, x->head.nlmsg_len, 0) < 0) return -errno;
  ssize_t n = recv(fd, x, sizeof *x, 0);
  if (n < 0) return -errno;
  if (!NLMSG_OK(&x->head, (size_t)n)) return -EBADMSG;
  if (x->head.nlmsg_type != NLMSG_ERROR) return n < NLMSG_HDRLEN + GENL_HDRLEN ? -EBADMSG : 0;
  /* struct nlmsgerr begins with -errno. */
  int fault = 0;
  if (x->head.nlmsg_len >= NLMSG_LENGTH(sizeof fault)) memcpy(&fault, NLMSG_DATA(&x->head), sizeof fault);
  return fault ? fault : -EBADMSG;
}

/* Copies the value of an answer's attribute; leaves it alone when it is not there. */
static void take(const struct exchange *x, uint16_t attribute, void *value, uint16_t size) {
  uint32_t end = x->head.nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
  for (uint32_t at = 0; at + NLA_HDRLEN <= end;) {
    struct nlattr head;
    memcpy(&head, x->attributes + at, sizeof head);
    if (head.nla_len < NLA_HDRLEN || at + head.nla_len > end) return;
    if ((head.nla_type & NLA_TYPE_MASK) == attribute && head.nla_len == NLA_HDRLEN + size)
      memcpy(value, x->attributes + at + NLA_HDRLEN, size);
    at += NLA_ALIGN(head.nla_len);
  }
}

int ml_query_driver(uint32_t ifindex, struct ml_driver_features *features) {
  static const char name[] = "netdev";
  struct exchange x;
  uint16_t family = 0;
  memset(features, 0, sizeof *features);
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  if (fd < 0) return -errno;
  int result = ask(fd, &x, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name, sizeof name);
  if (!result) {
    take(&x, CTRL_ATTR_FAMILY_ID, &family, sizeof family);
    result = !family ? -EBADMSG : ask(fd, &x, family, NETDEV_CMD_DEV_GET, NETDEV_A_DEV_IFINDEX, &ifindex, sizeof ifindex);
  }
  close(fd);
  if (result) return result;
  take(&x, NETDEV_A_DEV_XDP_FEATURES, &features->xdp, sizeof features->xdp);
  take(&x, NETDEV_A_DEV_XDP_ZC_MAX_SEGS, &features->zc_segments, sizeof features->zc_segments);
  take(&x, NETDEV_A_DEV_XSK_FEATURES, &features->xsk, sizeof features->xsk);
  return 0;
}
