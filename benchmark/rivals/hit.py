"""Row `hit`: hit.py PATH WINDOW SPAN SPANS"""
import sys

from measure import nanoseconds_per_step
from smmap import SlidingWindowMapManager

path = sys.argv[1]
window, span, spans = map(int, sys.argv[2:])
manager = SlidingWindowMapManager(window_size=window)
cursor = manager.make_cursor(path)


def run(count):
    total = 0
    for i in range(count):
        total += cursor.use_region((i % spans) * span, span).buffer()[0]
    return total


nanoseconds_per_step(run)
