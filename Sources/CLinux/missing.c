#define _GNU_SOURCE
#include "missing.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

int ml_missing_open(void) {
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
  if (fd < 0) return -errno;
  struct uffdio_api api = {.api = UFFD_API};
  if (ioctl(fd, UFFDIO_API, &api)) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

int ml_missing_register(int userfault, void *start, uint64_t length) {
  struct uffdio_register area = {.range = {(uintptr_t)start, length}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  return ioctl(userfault, UFFDIO_REGISTER, &area) ? -errno : 0;
}

uint64_t ml_missing_next(int userfault, int milliseconds) {
  struct pollfd ready = {.fd = userfault, .events = POLLIN};
  int found = poll(&ready, 1, milliseconds);
  if (found == 0 || (found < 0 && errno == EINTR)) return 0;
  if (found < 0 || (ready.revents & (POLLERR | POLLNVAL))) return UINT64_MAX;
  struct uffd_msg message;
  if (read(userfault, &message, sizeof message) != sizeof message) return errno == EAGAIN ? 0 : UINT64_MAX;
  return message.event == UFFD_EVENT_PAGEFAULT ? message.arg.pagefault.address : 0;
}

int ml_missing_place(int userfault, void *page, const void *content, uint64_t length) {
  struct uffdio_copy copy = {.dst = (uintptr_t)page, .src = (uintptr_t)content, .len = length};
  while (ioctl(userfault, UFFDIO_COPY, &copy)) {
    if (errno == EEXIST) return 0;
    if (errno != EAGAIN) return -errno;
    copy.copy = 0;
  }
  return 1;
}

int ml_missing_end(int userfault, void *start, uint64_t length) {
  struct uffdio_range range = {(uintptr_t)start, length};
  return ioctl(userfault, UFFDIO_UNREGISTER, &range) ? -errno : 0;
}
