"""Row `evict-many`: evict_many.py FOLDER FILE_SIZE FILES HELD STEPS"""
import os
import sys

from measure import nanoseconds_per_step
from smmap import SlidingWindowMapManager
from smmap.util import MapRegion

maps = 0


class CountedRegion(MapRegion):
    def __init__(self, *args):
        global maps
        maps += 1
        super().__init__(*args)


folder = sys.argv[1]
file_size, files, held, steps = map(int, sys.argv[2:])
paths = [os.path.join(folder, str(i)) for i in range(files)]
round_files = paths[: files - held]
manager = SlidingWindowMapManager(window_size=file_size, max_memory_size=held * file_size)
SlidingWindowMapManager.MapRegionCls = CountedRegion
at = 0


def use(path):
    return manager.make_cursor(path).use_region().buffer()[0]


def run(count):
    global at
    total = 0
    for i in range(count):
        total += use(round_files[at % len(round_files)])
        at += 1
    return total


for path in paths:
    use(path)
nanoseconds_per_step(run, steps)
assert maps == files + at, f"{maps} maps in {files + at} uses that should be misses"
