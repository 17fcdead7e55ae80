/* Waiting until every program and interrupt handler that ran in the kernel has ended once (membarrier(2)). */
#pragma once
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An RCU grace period (MEMBARRIER_CMD_GLOBAL): some 10 ms. 0 or -errno. */
static inline int ml_kernel_grace_period(void) { return syscall(SYS_membarrier, 1, 0, 0) ? -errno : 0; }
