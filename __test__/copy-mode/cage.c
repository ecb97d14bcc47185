/* A runtime that keeps memory in a cage, as Electron does: external buffers are refused with
   napi_no_external_buffers_allowed. Each refusal adds a byte to the file named by CAGE_LOG. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int refuse(void) {
  const char *log = getenv("CAGE_LOG");
  int fd = log ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd >= 0) {
    if (write(fd, "x", 1) != 1) abort();
    close(fd);
  }
  return 22;
}

int cage_arraybuffer(void) { return refuse(); }
int cage_buffer(void) { return refuse(); }
