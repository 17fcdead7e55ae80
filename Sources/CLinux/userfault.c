#define _GNU_SOURCE
#include "userfault.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1 << 13)
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

/* include/uapi/linux/fs.h, 6.7. */
struct ml_pm_scan_arg {
  uint64_t size;
  uint64_t flags;
  uint64_t start;
  uint64_t end;
  uint64_t walk_end;
  uint64_t vec;
  uint64_t vec_len;
  uint64_t max_pages;
  uint64_t category_inverted;
  uint64_t category_mask;
  uint64_t category_anyof_mask;
  uint64_t return_mask;
};
#define ML_PAGEMAP_SCAN _IOWR('f', 16, struct ml_pm_scan_arg)
enum { ML_PM_SCAN_WP_MATCHING = 1 << 0, ML_PM_SCAN_CHECK_WPASYNC = 1 << 1, ML_PAGE_IS_WRITTEN = 1 << 1 };

int ml_userfault_open(void) {
  /* User mode only: needs no privilege, and async faults are resolved in the kernel anyway. */
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
  if (fd < 0) return -errno;
  struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED};
  if (ioctl(fd, UFFDIO_API, &api)) {
    int fault = errno;
    close(fd);
    return -fault;
  }
  return fd;
}

int ml_userfault_protect(int userfault, void *start, uint64_t length) {
  struct uffdio_register area = {.range = {(uintptr_t)start, length}, .mode = UFFDIO_REGISTER_MODE_WP};
  if (ioctl(userfault, UFFDIO_REGISTER, &area)) return -errno;
  struct uffdio_writeprotect protect = {.range = {(uintptr_t)start, length}, .mode = UFFDIO_WRITEPROTECT_MODE_WP};
  return ioctl(userfault, UFFDIO_WRITEPROTECT, &protect) ? -errno : 0;
}

int ml_pagemap_open(void) {
  int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

long ml_pagemap_take_written(int pagemap, uint64_t start, uint64_t end, struct ml_page_region *regions,
                             uint64_t capacity, uint64_t *walked) {
  struct ml_pm_scan_arg scan = {
      .size = sizeof scan,
      .flags = ML_PM_SCAN_WP_MATCHING | ML_PM_SCAN_CHECK_WPASYNC,
      .start = start,
      .end = end,
      .vec = (uintptr_t)regions,
      .vec_len = capacity,
      .category_mask = ML_PAGE_IS_WRITTEN,
      .return_mask = ML_PAGE_IS_WRITTEN,
  };
  long found = ioctl(pagemap, ML_PAGEMAP_SCAN, &scan);
  if (found < 0) return -errno;
  /* After a walk that filled the kernel's internal buffer and then went on to the end, walk_end still names the place
   * where the buffer was full (seen on 6.18): room left in `regions` is what says that all was walked. */
  uint64_t last = found > 0 ? regions[found - 1].end : start;
  *walked = (uint64_t)found < capacity ? end : (scan.walk_end > last ? scan.walk_end : last);
  return found;
}
