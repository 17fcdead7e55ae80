/* Memory whose missing pages come later: userfaultfd in missing mode (Documentation/admin-guide/mm/userfaultfd.rst). */
#pragma once
#include <stdint.h>

/* Opens a userfaultfd for faults of user code. Returns the descriptor (non-blocking), or -errno. */
int ml_missing_open(void);
/* Faults on missing pages of the range wait from here on. 0 or -errno. */
int ml_missing_register(int userfault, void *start, uint64_t length);
/* Waits up to `milliseconds` for a fault; its address, 0 when there was none, or UINT64_MAX when the descriptor fails. */
uint64_t ml_missing_next(int userfault, int milliseconds);
/* Puts a page where one is missing and wakes who waits for it. 1: done; 0: there is one already; or -errno. */
int ml_missing_place(int userfault, void *page, const void *content, uint64_t length);
/* Ends waiting: what is still missing reads as zeros. 0 or -errno. */
int ml_missing_end(int userfault, void *start, uint64_t length);
