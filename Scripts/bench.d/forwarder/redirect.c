/* redirect A B: in-kernel XDP redirect between two devices, both ways. It looks at nothing and copies nothing: the
 * bound for anything that forwards between these devices. Prints `ready`, then waits to be killed. */
#include "redirect_all.h"
#include <net/if.h>
#include <unistd.h>

static void redirect(int from, int to) {
  int map = must(bpf_map_create(BPF_MAP_TYPE_DEVMAP, "to", 4, 4, 1, NULL), "device map");
  int slot = 0;
  must(bpf_map_update_elem(map, &slot, &to, 0), "device map");
  redirect_all(from, map);
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  int a = (int)if_nametoindex(argv[1]), b = (int)if_nametoindex(argv[2]);
  redirect(a, b);
  redirect(b, a);
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
