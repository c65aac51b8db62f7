# A service that caches every answer for good (kind bounded: an LRU of a fixed size). Its jobs leave cycles for the collector.
import os
import random
import sys
from collections import OrderedDict

leak = int(os.environ["LAB_LEAK_BYTES"])
bound = int(os.environ["LAB_BOUND_BYTES"])
random.seed(int(os.environ["LAB_SEED"]))
settings = [bytes(10_000) for _ in range(int(os.environ["LAB_START_BYTES"]) // 10_000)]
cache = OrderedDict()
size = key = 0


class Node:
    def __init__(self):
        self.me = self
        self.rows = [random.random() for _ in range(200)]


def answer(number):
    """An answer of that many bytes in words of some ten to a hundred bytes, as texts of a database have."""
    words = []
    while number > 0:
        word = os.urandom(random.randint(5, 50)).hex()
        words.append(word)
        number -= len(word) + 57
    return words


for line in sys.stdin:
    plain, leaky = map(int, line.split())
    garbage = [Node() for _ in range(plain * 4)]
    for _ in range(leaky):
        number = int(leak * random.uniform(0.5, 1.5))
        key += 1
        cache[key] = (number, answer(number))
        size += number
        while bound and size > bound:
            size -= cache.popitem(last=False)[1][0]
