/* SPDX-License-Identifier: Apache-2.0 */
/* A frame's first bytes, in place or as a copy, read through one function. */
#pragma once
#include "maps.h"

struct view {
  /* In place: the packet, and its end for the verifier. */
  const __u8 *data;
  const __u8 *end;
  /* Or a copy of the window; NULL when in place. Which one it is, is constant at every call. */
  const struct header_copy *copy;
  /* Readable bytes: the frame's, at most the window. */
  __u32 window;
  /* Bytes of the whole frame. */
  __u32 total;
  /* What its flow is hashed with. */
  const struct mr_toeplitz *table;
};

/* size bytes at offset, or NULL when they end outside the window. */
static __always_inline const __u8 *at(const struct view *view, __u32 offset, __u32 size) {
  opaque(offset);
  if (offset > MR_HEADER_WINDOW - size || offset + size > view->window)
    return NULL;
  if (view->copy)
    return view->copy->bytes + offset;
  const __u8 *field = view->data + offset;
  return field + size > view->end ? NULL : field;
}
