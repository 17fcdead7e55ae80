/* What becomes of sends with MSG_ZEROCOPY (Documentation/networking/msg_zerocopy.rst). */
#pragma once

/* Takes the notices that have come, so that the socket's memory for them does not run out. Returns whether the kernel
 * copied what one of them is about after all: the path has no use for it. */
int ml_zero_copy_take_notices(int socket);
