"""Measures work inside a rival's process, step by step as benchmark/measure.ts does for Node. Knows no rival."""
import json
import os
import re
import sys
import time

BRIEF = "SMMAP_BENCHMARK_BRIEF" in os.environ
WARM_UP = 5_000 if BRIEF else 100_000
MIN_NANOSECONDS = 5e6 if BRIEF else 300e6


def nanoseconds_per_step(run, warm_up=WARM_UP):
    """Times `run(count)`, which does `count` small steps and returns their sum."""
    run(warm_up)
    warmed_up = time.perf_counter_ns()
    answer = run(warm_up)
    count = int(MIN_NANOSECONDS / ((time.perf_counter_ns() - warmed_up) / warm_up)) + 1
    start = time.perf_counter_ns()
    run(count)
    report((time.perf_counter_ns() - start) / count, answer)


def gigabytes_per_second(size, work):
    """Times one pass of `work` over `size` bytes."""
    start = time.perf_counter_ns()
    answer = work()
    report(size / (time.perf_counter_ns() - start), answer)


def report(value, answer):
    json.dump({"value": value, "answer": answer, "peakRss": peak_rss()}, sys.stdout)


def peak_rss():
    """Bytes; VmHWM for the reason measure.ts gives, and null elsewhere than on Linux."""
    if sys.platform != "linux":
        return None
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) * 1024
