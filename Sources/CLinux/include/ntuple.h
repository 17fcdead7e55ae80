#pragma once
#include <stdint.h>

/* Filters in a network device itself: flow classification on receive, "ntuple" (ethtool(8), -K and -N;
 * linux/ethtool.h). */

/* Whether the device goes by such filters: 1 or 0; -errno. */
int ml_ntuple_is_on(const char *name);
/* Turns them on or off. 0 or -errno: EOPNOTSUPP where the driver has none. */
int ml_ntuple_turn(const char *name, int on);
/* Frames to the MAC address enter by this receive queue. The filter's place in the device, or -errno: ENOSPC when there
 * is no place left. */
int ml_ntuple_add(const char *name, const uint8_t address[6], uint32_t queue);
/* Removes the filter in a place. 0 or -errno. */
int ml_ntuple_remove(const char *name, uint32_t place);
