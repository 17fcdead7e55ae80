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
  NETDEV_CMD_NAPI_GET = 11,
  NETDEV_A_NAPI_IFINDEX = 1,
  NETDEV_A_NAPI_PID = 4,
};

/* A request with one attribute, and its answer. */
struct exchange {
  struct nlmsghdr head;
  struct genlmsghdr command;
  char attributes[8192 - NLMSG_HDRLEN - GENL_HDRLEN];
};

/* Sends a request for one object, or with NLM_F_DUMP for all that match. 0 or -errno. */
static int request(int fd, struct exchange *x, uint16_t flags, uint16_t family, uint8_t command, uint16_t attribute,
                   const void *value, uint16_t size) {
  struct nlattr head = {.nla_len = NLA_HDRLEN + size, .nla_type = attribute};
  x->head = (struct nlmsghdr){.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + NLA_ALIGN(head.nla_len),
                              .nlmsg_type = family,
                              .nlmsg_flags = NLM_F_REQUEST | flags,
                              .nlmsg_seq = 1};
  x->command = (struct genlmsghdr){.cmd = command, .version = 1};
  memset(x->attributes, 0, NLA_ALIGN(head.nla_len));
  memcpy(x->attributes, &head, sizeof head);
  memcpy(x->attributes + NLA_HDRLEN, value, size);
  return send(fd, x, x->head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* What a refusal says: -errno. It is what struct nlmsgerr and an NLMSG_DONE begin with. */
static int refusal(const struct nlmsghdr *message) {
  int fault = 0;
  if (message->nlmsg_len >= NLMSG_LENGTH(sizeof fault)) memcpy(&fault, NLMSG_DATA(message), sizeof fault);
  return fault;
}

/* Sends a request and receives the answer in its place. 0 or -errno. */
static int ask(int fd, struct exchange *x, uint16_t family, uint8_t command, uint16_t attribute, const void *value,
               uint16_t size) {
  int fault = request(fd, x, 0, family, command, attribute, value, size);
  if (fault) return fault;
  ssize_t n = recv(fd, x, sizeof *x, 0);
  if (n < 0) return -errno;
  if (!NLMSG_OK(&x->head, (size_t)n)) return -EBADMSG;
  if (x->head.nlmsg_type != NLMSG_ERROR) return n < NLMSG_HDRLEN + GENL_HDRLEN ? -EBADMSG : 0;
  fault = refusal(&x->head);
  return fault ? fault : -EBADMSG;
}

/* Copies the value of a message's attribute; leaves it alone when it is not there. */
static void take(const struct nlmsghdr *message, uint16_t attribute, void *value, uint16_t size) {
  const char *attributes = (const char *)message + NLMSG_HDRLEN + GENL_HDRLEN;
  uint32_t end = message->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
  for (uint32_t at = 0; at + NLA_HDRLEN <= end;) {
    struct nlattr head;
    memcpy(&head, attributes + at, sizeof head);
    if (head.nla_len < NLA_HDRLEN || at + head.nla_len > end) return;
    if ((head.nla_type & NLA_TYPE_MASK) == attribute && head.nla_len == NLA_HDRLEN + size)
      memcpy(value, attributes + at + NLA_HDRLEN, size);
    at += NLA_ALIGN(head.nla_len);
  }
}

/* A socket, and what this kernel calls the family "netdev". The socket or -errno. */
static int open_family(uint16_t *family) {
  static const char name[] = "netdev";
  struct exchange x;
  *family = 0;
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  if (fd < 0) return -errno;
  int result = ask(fd, &x, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name, sizeof name);
  if (!result) take(&x.head, CTRL_ATTR_FAMILY_ID, family, sizeof *family);
  if (*family) return fd;
  close(fd);
  return result ? result : -EBADMSG;
}

int ml_query_driver(uint32_t ifindex, struct ml_driver_features *features) {
  struct exchange x;
  uint16_t family;
  memset(features, 0, sizeof *features);
  int fd = open_family(&family);
  if (fd < 0) return fd;
  int result = ask(fd, &x, family, NETDEV_CMD_DEV_GET, NETDEV_A_DEV_IFINDEX, &ifindex, sizeof ifindex);
  close(fd);
  if (result) return result;
  take(&x.head, NETDEV_A_DEV_XDP_FEATURES, &features->xdp, sizeof features->xdp);
  take(&x.head, NETDEV_A_DEV_XDP_ZC_MAX_SEGS, &features->zc_segments, sizeof features->zc_segments);
  take(&x.head, NETDEV_A_DEV_XSK_FEATURES, &features->xsk, sizeof features->xsk);
  return 0;
}

int ml_napi_threads(uint32_t ifindex, int32_t *threads, int capacity) {
  struct exchange x;
  uint16_t family;
  int fd = open_family(&family);
  if (fd < 0) return fd;
  int fault = request(fd, &x, NLM_F_DUMP, family, NETDEV_CMD_NAPI_GET, NETDEV_A_NAPI_IFINDEX, &ifindex, sizeof ifindex);
  int count = 0;
  for (int more = !fault; more;) {
    ssize_t n = recv(fd, &x, sizeof x, 0);
    if (n <= 0) fault = n < 0 ? -errno : -EBADMSG;
    more = n > 0;
    for (struct nlmsghdr *m = &x.head; more && NLMSG_OK(m, (size_t)n); m = NLMSG_NEXT(m, n)) {
      int32_t thread = 0;
      more = m->nlmsg_type != NLMSG_ERROR && m->nlmsg_type != NLMSG_DONE;
      if (!more) fault = refusal(m);
      else if (m->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN) take(m, NETDEV_A_NAPI_PID, &thread, sizeof thread);
      if (thread && count == capacity) fault = -E2BIG;
      else if (thread) threads[count++] = thread;
    }
    more = more && !fault;
  }
  close(fd);
  return fault ? fault : count;
}
