/* Pinned threads, their CPU clocks and short sleeps. */
#pragma once
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <time.h>

/* 0, or errno. The glibc prototype hides behind _GNU_SOURCE, so the mask is written by hand (1,024 CPUs). */
int ml_pin_thread(int cpu);
/* Lets a thread, also one of the kernel's, run on these CPUs alone. 0, or errno. */
int ml_allow_cpus(int thread, const int *cpus, int count);
/* Whether this process may run on the CPU. */
int ml_cpu_exists(int cpu);
/* Sleeps end within microseconds instead of the default 50. */
static inline void ml_set_timer_slack(uint64_t ns) { prctl(PR_SET_TIMERSLACK, ns, 0, 0, 0); }
/* Asks for short turns on the CPU: a thread that wakes with a shorter turn than the running one's does not wait for the
   end of that (kernel 6.12; earlier ones know no such wish). 0, or errno. */
int ml_set_slice(uint64_t ns);
void ml_name_thread(const char *name);
int ml_thread_id(void);

static inline uint64_t ml_clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static inline uint64_t ml_monotonic_ns(void) { return ml_clock_ns(CLOCK_MONOTONIC); }
static inline uint64_t ml_thread_cpu_ns(void) { return ml_clock_ns(CLOCK_THREAD_CPUTIME_ID); }
static inline void ml_sleep_ns(uint64_t ns) {
  struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &t, 0);
}
