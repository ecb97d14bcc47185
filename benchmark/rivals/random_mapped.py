"""Row `random-mapped`: random_mapped.py smmap|mmap PATH PLACES SIZE WINDOW"""
import mmap
import sys
from struct import unpack_from

from measure import nanoseconds_per_step
from places import load_places
from smmap import SlidingWindowMapBuffer, SlidingWindowMapManager

PAGE = 4096

way, path = sys.argv[1:3]
places = load_places(sys.argv[3])
size, window = map(int, sys.argv[4:])

if way == "smmap":
    manager = SlidingWindowMapManager(window_size=window, max_memory_size=2 * size)
    buffer = SlidingWindowMapBuffer(manager.make_cursor(path))

    def read(place):
        return int.from_bytes(buffer[place : place + 4], "little")

else:
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)

    def read(place):
        return unpack_from("<I", mapped, place)[0]


def run(count):
    total = 0
    mask = len(places) - 1
    for i in range(count):
        total += read(places[i & mask])
    return total


for place in range(0, size, PAGE):
    read(place)
nanoseconds_per_step(run)
