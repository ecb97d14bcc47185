"""Rows `random-churn` and `skewed`: lone_reads.py pread PATH PLACES STEPS, lone_reads.py smmap PATH PLACES STEPS WINDOW LIMIT"""
import os
import sys

from measure import nanoseconds_per_step
from places import load_places
from smmap import SlidingWindowMapBuffer, SlidingWindowMapManager

SPAN = 64

way, path = sys.argv[1:3]
places = load_places(sys.argv[3])
steps, *limits = map(int, sys.argv[4:])

if way == "smmap":
    window, limit = limits
    manager = SlidingWindowMapManager(window_size=window, max_memory_size=limit)
    buffer = SlidingWindowMapBuffer(manager.make_cursor(path))

    def read(place):
        return buffer[place : place + SPAN]

else:
    fd = os.open(path, os.O_RDONLY)

    def read(place):
        return os.pread(fd, SPAN, place)


def run(count):
    total = 0
    mask = len(places) - 1
    for i in range(count):
        data = read(places[i & mask])
        total += data[0] + data[-1]
    return total


nanoseconds_per_step(run, steps)
