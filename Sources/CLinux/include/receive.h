/* Receiving many messages at a time (recvmmsg(2)), and frames with what the kernel knows of them (packet(7)). */
#pragma once
#include "packet.h"
#include <stdint.h>

/* Waits for one message, then takes up to `count` that are there. Returns how many, or -1 with errno. */
int ml_receive_messages(int fd, struct ml_message *messages, unsigned count);

/* A frame a packet socket saw. */
struct ml_captured {
  struct ml_vnet_header vnet;
  uint32_t length;  /* bytes of the frame, also when it was longer than the buffer */
  uint32_t status;  /* TP_STATUS_... */
  uint16_t tci;     /* with TP_STATUS_VLAN_VALID: a tag beside the frame */
  uint16_t tpid;
  uint8_t outgoing; /* 1: sent by this host */
};
/* A packet socket that sees every frame of the device, both ways; -errno on failure. */
int ml_capture_socket(uint32_t ifindex, int receive_buffer);
/* Takes one frame, waiting for it (SO_RCVTIMEO). Returns the bytes stored, or -errno. */
long ml_capture(int fd, void *frame, uint64_t capacity, struct ml_captured *captured);
/* Frames lost for want of buffer since the last call. */
uint32_t ml_capture_drops(int fd);
/* The CPU the calling thread runs on. */
int ml_current_cpu(void);
