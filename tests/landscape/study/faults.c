/* Lets calls that write below a folder fail, as a full or broken disk does: preloaded, and armed by ctypes.

   Counted are open for writing, write, pwrite, fsync, mkdir and rename, of C and thus of Python, HDF5 and torch. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char below[4096];
static long seen, at = -1;
static int error_number, lasting, fired;

void faults_arm(const char *folder, long n, int number, int stays) {
  strncpy(below, folder, sizeof below - 1);
  seen = 0, at = n, error_number = number, lasting = stays, fired = 0;
}
long faults_disarm(void) {
  at = -1, below[0] = 0;
  return seen;
}
int faults_fired(void) { return fired; }

static int fails(const char *path) {
  if (!below[0] || !path || strncmp(path, below, strlen(below))) return 0;
  long now = seen++;
  if (at >= 0 && (now == at || (lasting && now > at))) {
    fired = 1;
    errno = error_number;
    return 1;
  }
  return 0;
}
static int fails_fd(int fd) {
  char link[64], path[4096];
  if (!below[0]) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return fails(path);
}
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPENS(name)                                      \
  int name(const char *path, int flags, ...) {           \
    va_list more;                                        \
    va_start(more, flags);                               \
    mode_t mode = va_arg(more, mode_t);                  \
    va_end(more);                                        \
    if ((flags & O_CREAT) && fails(path)) return -1;     \
    return REAL(name)(path, flags, mode);                \
  }
OPENS(open)
OPENS(open64)
ssize_t write(int fd, const void *data, size_t size) { return fails_fd(fd) ? -1 : REAL(write)(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t to) {
  return fails_fd(fd) ? -1 : REAL(pwrite)(fd, data, size, to);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t to) {
  return fails_fd(fd) ? -1 : REAL(pwrite64)(fd, data, size, to);
}
int fsync(int fd) { return fails_fd(fd) ? -1 : REAL(fsync)(fd); }
int mkdir(const char *path, mode_t mode) { return fails(path) ? -1 : REAL(mkdir)(path, mode); }
int rename(const char *from, const char *to) { return fails(to) ? -1 : REAL(rename)(from, to); }
