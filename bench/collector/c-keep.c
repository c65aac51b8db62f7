/*
 * The yardstick: what C needs at least to read every process once a tick. One descriptor a process stays open on
 * /proc/<pid>/stat, and each tick is one pread and a parse of CPU time and resident memory for each.
 *
 *   c-keep <ticks> <milliseconds between two ticks>
 *
 * Prints the number of processes and the CPU (user and system, by getrusage) in µs per process and tick.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double cpu_us(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

static volatile unsigned long long sink;

static int read_one(int fd) {
  char line[1024];
  ssize_t length = pread(fd, line, sizeof line - 1, 0);
  if (length <= 0) return 0;
  line[length] = 0;
  char *at = strrchr(line, ')');
  if (!at) return 0;
  at += 4;
  unsigned long long value[22] = {0};
  for (int field = 0; field < 22 && *at; field++) {
    unsigned long long number = 0;
    if (*at == '-') at++;
    while (*at >= '0' && *at <= '9') number = number * 10 + (unsigned)(*at++ - '0');
    value[field] = number;
    at++;
  }
  sink += value[10] + value[11] + value[20];
  return 1;
}

int main(int argc, char **argv) {
  int ticks = argc > 1 ? atoi(argv[1]) : 20, pause_ms = argc > 2 ? atoi(argv[2]) : 1000;
  int capacity = 65536, count = 0, *fds = malloc(sizeof(int) * capacity);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; (entry = readdir(proc));) {
    char path[300];
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && count < capacity) fds[count++] = fd;
  }
  for (int i = 0; i < count; i++) read_one(fds[i]);
  double spent = 0;
  long read = 0;
  for (int tick = 0; tick < ticks; tick++) {
    struct timespec wait = {pause_ms / 1000, (pause_ms % 1000) * 1000000L};
    nanosleep(&wait, NULL);
    double before = cpu_us();
    for (int i = 0; i < count; i++) read += read_one(fds[i]);
    spent += cpu_us() - before;
  }
  printf("%ld %.3f\n", read / (ticks ? ticks : 1), read ? spent / read : 0.0);
  return 0;
}
