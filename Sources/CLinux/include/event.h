/* Waiting for many descriptors (epoll(7)) and waking a waiter (eventfd(2)). */
#pragma once
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>

static inline int ml_epoll_add(int epoll, int fd) {
  struct epoll_event event = {.events = EPOLLIN};
  event.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}
/* Waits until a descriptor is readable or `ns` have passed (epoll_pwait2, kernel 5.11). */
static inline int ml_epoll_wait_ns(int epoll, uint64_t ns) {
  struct epoll_event events[16];
  struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
  return (int)syscall(SYS_epoll_pwait2, epoll, events, 16, &t, (void *)0, (size_t)0);
}
static inline int ml_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
static inline void ml_eventfd_signal(int fd) {
  uint64_t one = 1;
  ssize_t n = write(fd, &one, sizeof one);
  (void)n;
}
static inline void ml_eventfd_clear(int fd) {
  uint64_t value;
  ssize_t n = read(fd, &value, sizeof value);
  (void)n;
}
