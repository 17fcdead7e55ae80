/* Block compression: LZ4 and Zstandard. */
#pragma once
#include <lz4.h>
#include <zstd.h>
