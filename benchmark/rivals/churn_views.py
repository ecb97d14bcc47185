"""Row `churn-views`: churn_views.py PATH PLACES STEPS WINDOW LIMIT"""
import sys

from measure import nanoseconds_per_step
from places import load_places
from smmap import SlidingWindowMapManager

path = sys.argv[1]
places = load_places(sys.argv[2])
steps, window, limit = map(int, sys.argv[3:])
manager = SlidingWindowMapManager(window_size=window, max_memory_size=limit)
cursor = manager.make_cursor(path)


def run(count):
    total = 0
    mask = len(places) - 1
    for i in range(count):
        total += cursor.use_region(places[i & mask], 1).buffer()[0]
    return total


nanoseconds_per_step(run, steps)
