#define _GNU_SOURCE
#include "receive.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int ml_receive_messages(int fd, struct ml_message *messages, unsigned count) {
  return recvmmsg(fd, (struct mmsghdr *)messages, count, MSG_WAITFORONE, NULL);
}

int ml_capture_socket(uint32_t ifindex, int receive_buffer) {
  /* Protocol 0 receives nothing until bind: no frame of another device slips in. */
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int one = 1;
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)ifindex};
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer);
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) ||
      setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) ||
      bind(fd, (struct sockaddr *)&address, sizeof address)) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

long ml_capture(int fd, void *frame, uint64_t capacity, struct ml_captured *captured) {
  memset(captured, 0, sizeof *captured);
  struct sockaddr_ll from = {0};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
  } control;
  struct iovec parts[] = {{&captured->vnet, sizeof captured->vnet}, {frame, capacity}};
  struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = parts, .msg_iovlen = 2,
                           .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t count = recvmsg(fd, &message, 0);
  if (count < (ssize_t)sizeof captured->vnet) return count < 0 ? -errno : -EIO;
  captured->outgoing = from.sll_pkttype == PACKET_OUTGOING;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA) continue;
    struct tpacket_auxdata data;
    memcpy(&data, CMSG_DATA(c), sizeof data);
    captured->length = data.tp_len;
    captured->status = data.tp_status;
    captured->tci = data.tp_vlan_tci;
    captured->tpid = data.tp_status & TP_STATUS_VLAN_TPID_VALID ? data.tp_vlan_tpid : ETH_P_8021Q;
  }
  return count - (ssize_t)sizeof captured->vnet;
}

uint32_t ml_capture_drops(int fd) {
  struct tpacket_stats stats = {0};
  socklen_t length = sizeof stats;
  return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) ? 0 : stats.tp_drops;
}

int ml_current_cpu(void) { return sched_getcpu(); }
