/* How far a TCP stream has really got, as opposed to what the socket buffer took. */
#pragma once
#include <stdint.h>

/* Bytes of the stream the peer has acknowledged since the connection began (tcpi_bytes_acked, kernel 4.1); 0 when the
 * descriptor is no TCP socket. */
uint64_t ml_tcp_bytes_acknowledged(int socket);
