#include "millrace_bpf.h"

/* Aligned for libelf, which reads the object in place. */
_Alignas(16) static const unsigned char object[] = {
#include "millrace_bpf.inc"
};
const void *const millrace_bpf_object = object;
const size_t millrace_bpf_object_size = sizeof(object);
