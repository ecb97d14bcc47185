"""Row `cold`: cold.py PATH"""
import mmap
import os
import sys

from measure import gigabytes_per_second

PAGE = 4096

path = sys.argv[1]
size = os.path.getsize(path)


def work():
    with open(path, "rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as mapped:
        return sum(mapped[at] for at in range(0, size, PAGE))


gigabytes_per_second(size, work)
