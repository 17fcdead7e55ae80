#include "millrace_bpf.h"

/* Aligned for libelf, which reads the objects in place. */
_Alignas(16) static const unsigned char object[] = {
#include "millrace_bpf.inc"
};
_Alignas(16) static const unsigned char plain_object[] = {
#include "millrace_plain_bpf.inc"
};
_Alignas(16) static const unsigned char order_object[] = {
#include "order_bpf.inc"
};
const struct millrace_bpf_object millrace_bpf_object = {object, sizeof(object)};
const struct millrace_bpf_object millrace_bpf_plain_object = {plain_object, sizeof(plain_object)};
const struct millrace_bpf_object millrace_bpf_order_object = {order_object, sizeof(order_object)};
