/* Makes system calls of the addon fail, for LD_PRELOAD. A program says which by access(2), which Node calls for
   fs.accessSync: "/injected/<call>/<errno>/<n>/<count>" lets the n-th of these calls from now on, and those after it,
   `count` in all, fail with that number; "/injected/off" ends it and is there (returns 0) if any failed.

   Calls are told by where they come from: only those of the addon count, not those of Node, V8 or libc. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char armed[16];
static int wanted_errno;
static atomic_int first, last, seen, failed;

static int is_addon(void *caller) {
  Dl_info info;
  return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, ".node");
}

static int fails(const char *call, void *caller) {
  if (strcmp(call, armed) != 0 || !is_addon(caller)) return 0;
  int number = atomic_fetch_add(&seen, 1) + 1;
  if (number < first || number > last) return 0;
  atomic_fetch_add(&failed, 1);
  errno = wanted_errno;
  return 1;
}

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

#define FAILS(call) fails(call, __builtin_return_address(0))

int access(const char *path, int mode) {
  int (*next)(const char *, int) = real("access");
  if (strncmp(path, "/injected/", 10) != 0) return next(path, mode);
  int n = 0, count = 0;
  memset(armed, 0, sizeof armed);
  if (strcmp(path, "/injected/off") == 0) {
    errno = ENOENT;
    return failed > 0 ? 0 : -1;
  }
  char call[sizeof armed];
  if (sscanf(path, "/injected/%15[a-z]/%d/%d/%d", call, &wanted_errno, &n, &count) != 4) {
    errno = EINVAL;
    return -1;
  }
  first = n;
  last = n + count - 1;
  seen = failed = 0;
  memcpy(armed, call, sizeof armed);
  return 0;
}

#define OPEN(name)                                                  \
  int name(const char *path, int flags, ...) {                      \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                   \
    int (*next)(const char *, int, mode_t) = real(#name);           \
    return FAILS("open") ? -1 : next(path, flags, mode);            \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                \
  int name(int folder, const char *path, int flags, ...) {          \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                   \
    int (*next)(int, const char *, int, mode_t) = real(#name);      \
    return FAILS("open") ? -1 : next(folder, path, flags, mode);    \
  }
OPENAT(openat)
OPENAT(openat64)

/* Of an open file: fstat. Of a path: stat. */
int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict result) {
  int (*next)(int, const char *, int, unsigned, struct statx *) = real("statx");
  const char *call = flags & AT_EMPTY_PATH ? "fstat" : "stat";
  return FAILS(call) ? -1 : next(folder, path, flags, mask, result);
}

#define FSTAT(name, type)                                           \
  int name(int fd, struct type *result) {                           \
    int (*next)(int, struct type *) = real(#name);                  \
    return FAILS("fstat") ? -1 : next(fd, result);                  \
  }
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)

#define STAT(name, type)                                            \
  int name(const char *restrict path, struct type *restrict result) { \
    int (*next)(const char *, struct type *) = real(#name);         \
    return FAILS("stat") ? -1 : next(path, result);                 \
  }
STAT(stat, stat)
STAT(stat64, stat64)

/* Of a file; memory comes from elsewhere. */
#define MMAP(name, offset_type)                                     \
  void *name(void *at, size_t size, int access, int flags, int fd, offset_type offset) { \
    void *(*next)(void *, size_t, int, int, int, offset_type) = real(#name); \
    return fd >= 0 && FAILS("mmap") ? MAP_FAILED : next(at, size, access, flags, fd, offset); \
  }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

#define FCNTL(name)                                                 \
  int name(int fd, int command, ...) {                              \
    va_list rest;                                                   \
    va_start(rest, command);                                        \
    void *argument = va_arg(rest, void *);                          \
    va_end(rest);                                                   \
    int (*next)(int, int, void *) = real(#name);                    \
    int is_dup = command == F_DUPFD || command == F_DUPFD_CLOEXEC;  \
    return is_dup && FAILS("dup") ? -1 : next(fd, command, argument); \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

#define PREAD(name, offset_type)                                    \
  ssize_t name(int fd, void *target, size_t size, offset_type offset) { \
    ssize_t (*next)(int, void *, size_t, offset_type) = real(#name); \
    return FAILS("read") ? -1 : next(fd, target, size, offset);     \
  }
PREAD(pread, off_t)
PREAD(pread64, off64_t)
