/* Sockets in other network namespaces. */
#pragma once

/* A packet socket on a device of the namespace at `path` (/run/netns/…) that runs a BPF program on every frame the
 * device receives or sends, and keeps those it says. Descriptor or -errno. */
int ml_packet_filter(const char *path, const char *device, int program);
