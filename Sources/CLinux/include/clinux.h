/* Kernel interfaces that Swift cannot import (macros, variadic calls) or that Debian 12's headers lack.
 * One header an interface; this one gathers them. */
#pragma once
#include "af_xdp.h"
#include "atomics.h"
#include "driver.h"
#include "event.h"
#include "grace_period.h"
#include "missing.h"
#include "netdev.h"
#include "packet.h"
#include "receive.h"
#include "segmentation.h"
#include "session.h"
#include "socket_memory.h"
#include "tap.h"
#include "tcp_progress.h"
#include "thread.h"
#include "userfault.h"
