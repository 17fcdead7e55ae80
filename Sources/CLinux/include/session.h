/* Starting programs that outlive their starter (posix_spawn(3) with extensions of glibc). */
#pragma once
#include <sys/types.h>

/* Starts a program, found in PATH, in a session of its own: nothing to read, outputs to the two descriptors, no other
 * descriptor, no signal ignored or blocked. Returns the process's number, or -errno. */
pid_t ml_spawn_session(char *const arguments[], int output, int error);
