#define _GNU_SOURCE
#include "thread.h"
#include <sched.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int ml_pin_thread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

int ml_allow_cpus(int thread, const int *cpus, int count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < count; i++) CPU_SET(cpus[i], &set);
  return sched_setaffinity(thread, sizeof set, &set) ? errno : 0;
}

int ml_cpu_exists(int cpu) {
  cpu_set_t set;
  if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof set, &set)) return 0;
  return CPU_ISSET(cpu, &set);
}

/* sched_setattr(2); glibc 2.36 has no wrapper. */
int ml_set_slice(uint64_t ns) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {
      .size = sizeof attributes, .policy = SCHED_OTHER, .nice = getpriority(PRIO_PROCESS, 0), .runtime = ns};
  return syscall(SYS_sched_setattr, 0, &attributes, 0) ? errno : 0;
}

int ml_thread_id(void) { return gettid(); }

void ml_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
