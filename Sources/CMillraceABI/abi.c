/* The target is its header. */
#include "millrace_abi.h"
