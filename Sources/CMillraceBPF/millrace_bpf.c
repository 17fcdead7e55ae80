#include "millrace_bpf.h"

/* Aligned for libelf, which reads the object in place. */
_Alignas(16) const unsigned char millrace_bpf_object[] = {
#include "millrace_bpf.inc"
};
const size_t millrace_bpf_object_size = sizeof(millrace_bpf_object);
