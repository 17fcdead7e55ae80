/* Tap devices: Documentation/networking/tuntap.rst and include/uapi/linux/if_tun.h. */
#pragma once
#include <stdint.h>

/* Opens one queue of the tap `name`; creates the device at the first. Returns the descriptor, or -errno. */
int ml_tap_open(const char *name);
/* Loads the steering program's descriptor into the device. 0 or -errno. */
int ml_tap_set_steering(int tap, int program);
/* Detaches the steering program. 0 or -errno. */
int ml_tap_clear_steering(int tap);
