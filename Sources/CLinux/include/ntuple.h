#pragma once
#include <stdint.h>

/* Filters in a network device itself: flow classification on receive, "ntuple" (ethtool(8), -K and -N;
 * linux/ethtool.h). */

/* Whether the device goes by such filters: 1 or 0; -errno. */
int ml_ntuple_is_on(const char *name);
/* Turns them on or off. 0 or -errno: EOPNOTSUPP where the driver has none, or goes on as before. */
int ml_ntuple_turn(const char *name, int on);
/* How many filters there are; -errno. */
int ml_ntuple_count(const char *name);
/* The places that have a filter. How many, or -errno: EMSGSIZE when there are more than `limit`. */
int ml_ntuple_places(const char *name, uint32_t *places, uint32_t limit);
/* What a filter on a whole destination address says. 0, or -errno: EINVAL when it is another kind of filter. */
int ml_ntuple_read(const char *name, uint32_t place, uint8_t address[6], uint32_t *queue);
/* Frames to the MAC address enter by this receive queue. The filter's place in the device, or -errno: ENOSPC when there
 * is no place left. */
int ml_ntuple_add(const char *name, const uint8_t address[6], uint32_t queue);
/* Removes the filter in a place. 0 or -errno. */
int ml_ntuple_remove(const char *name, uint32_t place);
