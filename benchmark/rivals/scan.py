"""Row `scan`: scan.py PATH WINDOW LIMIT"""
import os
import sys

from measure import gigabytes_per_second
from smmap import SlidingWindowMapManager

# A memoryview cannot count; copies of this size stay in the processor's cache, which is the fastest found.
CHUNK = 256 * 1024

path = sys.argv[1]
window, limit = map(int, sys.argv[2:])
size = os.path.getsize(path)
manager = SlidingWindowMapManager(window_size=window, max_memory_size=limit)
cursor = manager.make_cursor(path)


def work():
    lines = 0
    offset = 0
    while cursor.use_region(offset, window).is_valid():
        view = cursor.buffer()
        for at in range(0, len(view), CHUNK):
            lines += bytes(view[at : at + CHUNK]).count(b"\n")
        offset = cursor.ofs_end()
    return lines


gigabytes_per_second(size, work)
