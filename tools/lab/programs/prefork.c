/* A server that forks a child for each connection; children of clients that hang stay (kind bounded: for a while). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long number(const char *name) { return atol(getenv(name)); }

static void serve(long bytes, unsigned seconds) {
  memset(malloc(bytes), 1, bytes);
  if (seconds > 0) {
    sleep(seconds);
    _exit(0);
  }
  for (;;) pause();
}

int main(void) {
  /* One child for that many jobs, so that there are tens of processes and not thousands. */
  const long every = 64;
  const long leak = number("LAB_LEAK_BYTES") * every, bound = number("LAB_BOUND_BYTES"), start = number("LAB_START_BYTES");
  memset(malloc(start), 1, start);
  srandom(number("LAB_SEED"));
  signal(SIGCHLD, SIG_IGN);
  long waiting = 0;
  int plain, leaky;
  while (scanf("%d %d", &plain, &leaky) == 2) {
    for (waiting += leaky; waiting >= every; waiting -= every) {
      double share = 0.5 + (double)random() / RAND_MAX;
      unsigned seconds = bound > 0 ? 1 + share * bound / leak * every / 8 : 0;
      if (fork() == 0) serve(leak * share, seconds);
    }
  }
}
