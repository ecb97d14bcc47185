"""Row `small-files`: small_files.py smmap|pread FOLDER FILES"""
import os
import sys

from measure import nanoseconds_per_step
from smmap import SlidingWindowMapManager

FILE_SIZE = 16

way, folder = sys.argv[1:3]
files = int(sys.argv[3])
paths = [os.path.join(folder, str(i)) for i in range(files)]


def read_mapped(manager, path):
    return manager.make_cursor(path).use_region().buffer()


def read_plainly(_manager, path):
    fd = os.open(path, os.O_RDONLY)
    data = os.pread(fd, FILE_SIZE, 0)
    os.close(fd)
    return data


read = read_mapped if way == "smmap" else read_plainly


def run(count):
    total = 0
    for i in range(count):
        # A manager for each pass, so that no file is found mapped by the pass before.
        if i % files == 0:
            manager = SlidingWindowMapManager()
        data = read(manager, paths[i % files])
        total += data[0] + data[FILE_SIZE - 1]
    return total


nanoseconds_per_step(run, files)
