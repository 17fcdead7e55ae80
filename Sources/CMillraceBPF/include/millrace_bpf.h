/* The compiled BPF object (bpf/), embedded so that millrace finds it from any directory. */
#pragma once
#include <stddef.h>

extern const void *const millrace_bpf_object;
extern const size_t millrace_bpf_object_size;
