/* Starts N processes that only wait, for the collector's bench: `sleepers N`. All end when this one does. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int wanted = argc > 1 ? atoi(argv[1]) : 0, started = 0;
  signal(SIGCHLD, SIG_IGN);
  for (int i = 0; i < wanted; i++) {
    pid_t pid = fork();
    if (pid < 0) break;
    if (pid == 0) {
      char name[16];
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      /* Names repeat as on a real host: some 300 programs. */
      snprintf(name, sizeof name, "sleeper-%d", i % 300);
      prctl(PR_SET_NAME, name);
      for (;;) pause();
    }
    started++;
  }
  printf("ready %d\n", started);
  fflush(stdout);
  for (;;) pause();
}
