/* afxdp A B: the least an AF_XDP forwarder can do. One thread moves descriptors from each device's RX ring to the
 * other's TX ring and polls all the time. It parses nothing, learns nothing, counts nothing. Copy mode, need-wakeup,
 * multi-buffer (MTU 9000), one memory area registered with both devices, so that forwarding copies nothing.
 * Rings: Documentation/networking/af_xdp.rst. Prints `ready`, then runs until it is killed. */
#define _GNU_SOURCE
#include "redirect_all.h"
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#define XDP_PKT_CONTD (1 << 0)
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

enum { ring_size = 2048, chunk_size = 4096, chunks = 8 * ring_size, batch = 64 };

struct ring {
  uint32_t *producer, *consumer, *flags;
  void *entries;
  uint32_t mine, theirs; /* our index, and what was last seen of the kernel's */
};

struct port {
  int socket;
  struct ring fill, completion, rx, tx;
};

static uint64_t spare[chunks];
static unsigned spares;

static uint32_t load(uint32_t *index) { return __atomic_load_n(index, __ATOMIC_ACQUIRE); }
static void store(uint32_t *index, uint32_t value) { __atomic_store_n(index, value, __ATOMIC_RELEASE); }

/* How many entries may be produced, and how many may be consumed. */
static uint32_t room(struct ring *ring) { return ring_size - (ring->mine - (ring->theirs = load(ring->consumer))); }
static uint32_t filled(struct ring *ring) { return (ring->theirs = load(ring->producer)) - ring->mine; }
static uint64_t *address(struct ring *ring, uint32_t i) { return (uint64_t *)ring->entries + (i & (ring_size - 1)); }
static struct xdp_desc *descriptor(struct ring *ring, uint32_t i) {
  return (struct xdp_desc *)ring->entries + (i & (ring_size - 1));
}

static struct ring map_ring(int socket, struct xdp_ring_offset *at, off_t offset, size_t entry) {
  char *base = mmap(NULL, at->desc + ring_size * entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket, offset);
  if (base == MAP_FAILED) must(-errno, "mapping a ring");
  return (struct ring){(uint32_t *)(base + at->producer), (uint32_t *)(base + at->consumer),
                       (uint32_t *)(base + at->flags), base + at->desc, 0, 0};
}

static struct port open_port(const char *name, void *area) {
  int ifindex = (int)if_nametoindex(name);
  if (ifindex == 0) must(-errno, name);
  struct port port = {.socket = must(socket(AF_XDP, SOCK_RAW, 0), "AF_XDP socket")};
  struct xdp_umem_reg memory = {.addr = (uint64_t)(uintptr_t)area, .len = (uint64_t)chunks * chunk_size,
                                .chunk_size = chunk_size};
  must(setsockopt(port.socket, SOL_XDP, XDP_UMEM_REG, &memory, sizeof memory), "registering memory");
  int size = ring_size;
  for (int ring = XDP_RX_RING; ring <= XDP_UMEM_COMPLETION_RING; ring++)
    if (ring != XDP_UMEM_REG) must(setsockopt(port.socket, SOL_XDP, ring, &size, sizeof size), "making a ring");
  struct xdp_mmap_offsets at;
  socklen_t length = sizeof at;
  must(getsockopt(port.socket, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length), "ring offsets");
  port.rx = map_ring(port.socket, &at.rx, XDP_PGOFF_RX_RING, sizeof(struct xdp_desc));
  port.tx = map_ring(port.socket, &at.tx, XDP_PGOFF_TX_RING, sizeof(struct xdp_desc));
  port.fill = map_ring(port.socket, &at.fr, (off_t)XDP_UMEM_PGOFF_FILL_RING, sizeof(uint64_t));
  port.completion = map_ring(port.socket, &at.cr, (off_t)XDP_UMEM_PGOFF_COMPLETION_RING, sizeof(uint64_t));
  /* Kernels before 6.17 have no such option: a call then sends 32 frames. */
  int budget = 256;
  setsockopt(port.socket, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof budget);
  struct sockaddr_xdp to = {.sxdp_family = AF_XDP, .sxdp_ifindex = (uint32_t)ifindex,
                            .sxdp_flags = XDP_COPY | XDP_USE_NEED_WAKEUP | XDP_USE_SG};
  must(bind(port.socket, (struct sockaddr *)&to, sizeof to), "binding an AF_XDP socket");
  int map = must(bpf_map_create(BPF_MAP_TYPE_XSKMAP, "to", 4, 4, 1, NULL), "socket map");
  int slot = 0;
  must(bpf_map_update_elem(map, &slot, &port.socket, 0), "socket map");
  redirect_all(ifindex, map);
  return port;
}

/* Takes back what was sent, and gives the kernel all it can hold for what will come. */
static void recycle(struct port *port) {
  uint32_t sent = filled(&port->completion);
  for (uint32_t i = 0; i < sent; i++) spare[spares++] = *address(&port->completion, port->completion.mine + i);
  if (sent) store(port->completion.consumer, port->completion.mine += sent);
  uint32_t free = room(&port->fill);
  if (free < batch) return;
  if (free > spares) free = spares;
  for (uint32_t i = 0; i < free; i++) *address(&port->fill, port->fill.mine + i) = spare[--spares];
  store(port->fill.producer, port->fill.mine += free);
}

static void forward(struct port *from, struct port *to) {
  uint32_t count = filled(&from->rx), space = room(&to->tx);
  if (count > batch) count = batch;
  if (count > space) count = space;
  for (uint32_t i = 0; i < count; i++) {
    struct xdp_desc frame = *descriptor(&from->rx, from->rx.mine + i);
    /* In aligned mode the kernel masks the offset of the data off again when a chunk comes back. */
    frame.options &= XDP_PKT_CONTD;
    *descriptor(&to->tx, to->tx.mine + i) = frame;
  }
  if (count) {
    store(from->rx.consumer, from->rx.mine += count);
    store(to->tx.producer, to->tx.mine += count);
  }
  if (room(&to->tx) < ring_size && (load(to->tx.flags) & XDP_RING_NEED_WAKEUP))
    sendto(to->socket, NULL, 0, MSG_DONTWAIT, NULL, 0);
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  void *area = mmap(NULL, (size_t)chunks * chunk_size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (area == MAP_FAILED) must(-errno, "memory");
  for (uint64_t i = 0; i < chunks; i++) spare[spares++] = i * chunk_size;
  struct port a = open_port(argv[1], area), b = open_port(argv[2], area);
  recycle(&a);
  recycle(&b);
  puts("ready");
  fflush(stdout);
  for (;;) {
    forward(&a, &b);
    forward(&b, &a);
    recycle(&a);
    recycle(&b);
  }
}
