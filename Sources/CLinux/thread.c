#define _GNU_SOURCE
#include "thread.h"
#include <sched.h>
#include <pthread.h>
#include <unistd.h>

int ml_pin_thread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

int ml_cpu_exists(int cpu) {
  cpu_set_t set;
  if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof set, &set)) return 0;
  return CPU_ISSET(cpu, &set);
}

int ml_thread_id(void) { return gettid(); }

void ml_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
