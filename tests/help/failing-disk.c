/* Preloaded into a process: from the n-th write or fsync to a file of the store on, the disk answers EIO, or writes answer ENOSPC. */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long countdown = -1;
static int code = EIO;
static int only_sync = 0;

static int armed(void) {
  static int once = 0;
  if (!once) {
    once = 1;
    const char *at = getenv("FAIL_AT");
    if (at) countdown = atol(at);
    const char *how = getenv("FAIL_WITH");
    if (how && strcmp(how, "ENOSPC") == 0) code = ENOSPC;
    only_sync = getenv("FAIL_SYNC") != NULL;
  }
  return countdown >= 0;
}

static int is_store(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return strstr(path, "/store.db") != NULL && strstr(path, "-commits") == NULL;
}

static int fails(int fd, int is_sync) {
  if (!armed() || (only_sync && !is_sync) || !is_store(fd)) return 0;
  if (code == ENOSPC && is_sync) return 0; /* a full disk refuses writes */
  if (countdown > 0) { countdown--; return 0; }
  errno = code;
  return 1;
}

#define REAL(name, type) static __typeof__(type) real = NULL; if (!real) real = (__typeof__(type))dlsym(RTLD_NEXT, #name)

ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) {
  REAL(pwrite64, ssize_t (*)(int, const void *, size_t, off64_t));
  return fails(fd, 0) ? -1 : real(fd, b, n, at);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) {
  REAL(pwrite, ssize_t (*)(int, const void *, size_t, off_t));
  return fails(fd, 0) ? -1 : real(fd, b, n, at);
}
ssize_t write(int fd, const void *b, size_t n) {
  REAL(write, ssize_t (*)(int, const void *, size_t));
  return fails(fd, 0) ? -1 : real(fd, b, n);
}
int fsync(int fd) {
  REAL(fsync, int (*)(int));
  return fails(fd, 1) ? -1 : real(fd);
}
int fdatasync(int fd) {
  REAL(fdatasync, int (*)(int));
  return fails(fd, 1) ? -1 : real(fd);
}
