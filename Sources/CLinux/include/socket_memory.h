/* What a socket has sent that still exists (SO_MEMINFO, kernel 4.12). */
#pragma once
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

/* Bytes of the socket's buffers that no receiver or device has taken yet (SK_MEMINFO_WMEM_ALLOC); -errno. */
static inline int64_t ml_socket_unsent(int fd) {
  uint32_t info[16] = {0};
  socklen_t length = sizeof info;
  return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &length) ? -errno : (int64_t)info[2];
}
