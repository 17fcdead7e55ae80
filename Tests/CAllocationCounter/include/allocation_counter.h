/* SPDX-License-Identifier: Apache-2.0 */
/* How often a thread asked for heap memory: linking this target replaces malloc and its kin by counting ones. */
#pragma once
#include <stdint.h>

/* Allocations by the calling thread since it started, reallocations included. */
uint64_t ml_allocations_of_this_thread(void);
