"""Row `switch`: switch.py PATH WINDOW REGIONS"""
import sys

from measure import nanoseconds_per_step
from smmap import SlidingWindowMapManager

path = sys.argv[1]
window, regions = map(int, sys.argv[2:])
manager = SlidingWindowMapManager(window_size=window)
cursor = manager.make_cursor(path)


def run(count):
    total = 0
    for i in range(count):
        total += cursor.use_region((i % regions) * window, 1).buffer()[0]
    return total


nanoseconds_per_step(run)
assert manager.num_open_files() == 1 and manager.num_file_handles() == regions, manager.num_file_handles()
