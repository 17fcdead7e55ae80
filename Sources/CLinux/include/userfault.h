/* Which pages were written: userfaultfd write protection in async mode, read back by PAGEMAP_SCAN
 * (Documentation/admin-guide/mm/userfaultfd.rst and pagemap.rst). WP_ASYNC and PAGEMAP_SCAN: kernel 6.7;
 * WP_UNPOPULATED: 6.4. Debian 12's headers end before both. */
#pragma once
#include <stdint.h>

/* A run of pages the scan found: byte addresses, end exclusive. The kernel's struct page_region. */
struct ml_page_region {
  uint64_t start;
  uint64_t end;
  uint64_t categories;
};

/* Opens a userfaultfd in async write-protect mode. Returns the descriptor, or -errno (EINVAL: kernel before 6.7). */
int ml_userfault_open(void);
/* Registers memory with the descriptor and write-protects all of it. 0 or -errno. */
int ml_userfault_protect(int userfault, void *start, uint64_t length);
/* Opens /proc/self/pagemap. Returns the descriptor, or -errno. */
int ml_pagemap_open(void);
/* Finds the written pages in [start, end) and write-protects them again, page by page atomically. Returns how many
 * regions it stored, or -errno; *walked is where it stopped (end, unless the regions ran out). */
long ml_pagemap_take_written(int pagemap, uint64_t start, uint64_t end, struct ml_page_region *regions,
                             uint64_t capacity, uint64_t *walked);
