#define _GNU_SOURCE
#include "namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
  const char *path, *device;
  int program, result;
};

static int open_filter(const struct request *request) {
  int space = open(request->path, O_RDONLY | O_CLOEXEC);
  if (space < 0) return -errno;
  int entered = setns(space, CLONE_NEWNET);
  close(space);
  if (entered) return -errno;
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  /* Bound to a protocol last: nothing is received before the filter is there. */
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(request->device)};
  if (!address.sll_ifindex || setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &request->program, sizeof request->program) ||
      bind(fd, (struct sockaddr *)&address, sizeof address)) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

static void *run(void *argument) {
  struct request *request = argument;
  request->result = open_filter(request);
  return NULL;
}

int ml_packet_filter(const char *path, const char *device, int program) {
  struct request request = {path, device, program, 0};
  pthread_t thread;
  /* A thread of its own: a namespace is a thread's, and this one goes with it. */
  int fault = pthread_create(&thread, NULL, run, &request);
  if (fault) return -fault;
  pthread_join(thread, NULL);
  return request.result;
}
