# A master with one worker that leaks with each job. Kind restart: a new worker takes over after a number of jobs.
import os
import random
import signal
import sys

leak = int(os.environ["LAB_LEAK_BYTES"])
most = int(os.environ["LAB_BOUND_BYTES"]) // leak
random.seed(int(os.environ["LAB_SEED"]))
start = int(os.environ["LAB_START_BYTES"])
signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def work(jobs):
    code = os.urandom(start)
    results, done = [], 0
    for line in jobs:
        plain, leaky = map(int, line.split())
        rows = [sum(range(200)) for _ in range(plain * 10)]
        for _ in range(leaky):
            results.append(os.urandom(int(leak * random.uniform(0.5, 1.5))))
            done += 1
        if most and done >= most:
            sys.exit(0)


def spawn():
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        work(os.fdopen(reader))
        os._exit(0)
    os.close(reader)
    return pid, writer


pid, pipe = spawn()
for line in sys.stdin:
    while os.waitpid(pid, os.WNOHANG) != (0, 0):
        os.close(pipe)
        pid, pipe = spawn()
    try:
        os.write(pipe, line.encode())
    except BrokenPipeError:
        pass
