/* Tap devices: Documentation/networking/tuntap.rst and include/uapi/linux/if_tun.h. */
#pragma once
#include <stdint.h>

/* Opens one queue of the tap `name`; creates the device at the first. Returns the descriptor, or -errno. */
int ml_tap_open(const char *name);
/* Makes a tap device of one queue for another program to open, and sets it up; it stays until it is removed. 0 or -errno. */
int ml_tap_make(const char *name);
/* Removes it. 0, -EBUSY while somebody has it open, or another -errno. */
int ml_tap_remove(const char *name);
/* Loads the steering program's descriptor into the device. 0 or -errno. */
int ml_tap_set_steering(int tap, int program);
