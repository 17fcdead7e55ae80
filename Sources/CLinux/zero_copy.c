#include "zero_copy.h"
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int ml_zero_copy_take_notices(int socket) {
  int copied = 0;
  while (1) {
    char control[128];
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return copied;
    for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
      struct sock_extended_err notice;
      memcpy(&notice, CMSG_DATA(one), sizeof notice);
      if (notice.ee_origin == SO_EE_ORIGIN_ZEROCOPY && (notice.ee_code & SO_EE_CODE_ZEROCOPY_COPIED)) copied = 1;
    }
  }
}
