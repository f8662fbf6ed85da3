#!/usr/bin/env python3
"""Measures the product against its peers; prints a table and writes the ratios as JSON.

Ours and the peer are measured alternately in the same run; each figure is the median over the rounds. What
each name means and which direction is better is said in docs/bench.md.
"""

import argparse
import json
import os
import shutil
import sys
import time

import bench_admin
import bench_cluster
import bench_crl
import bench_https
import bench_idle
import bench_issue
import bench_mock
import bench_ocsp
import bench_token
from peers import Failure, Load


class Context:
    """What every benchmark gets."""

    def __init__(self, options):
        self.jpki = os.path.abspath(options.jpki)
        self.bench = os.path.abspath(options.bench)
        self.quick = options.quick
        self.data = os.path.abspath(options.data)
        self.rounds = 3 if options.quick else 5
        self.seconds = 2 if options.quick else 4
        self.load = Load(self.bench, self.data)
        # What several benchmarks share, by name, e.g. the store of a million entries.
        self.shared = {}

    def folder(self, name):
        path = os.path.join(self.data, name)
        os.makedirs(path, exist_ok=True)
        return path


# Name → function, unit, peer, whether --quick runs it.
BENCHES = {
    **bench_ocsp.BENCHES,
    **bench_https.BENCHES,
    **bench_token.BENCHES,
    **bench_crl.BENCHES,
    **bench_idle.BENCHES,
    **bench_issue.BENCHES,
    **bench_admin.BENCHES,
    **bench_mock.BENCHES,
    **bench_cluster.BENCHES,
}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="the affordable ones, in under five minutes")
    parser.add_argument("--keep", action="store_true", help="leave the data folder, with the peers' logs")
    parser.add_argument("--jpki", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--output", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--data", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHES:
            parser.error(f"no such benchmark: {name}. Choose from: {', '.join(BENCHES)}")
    return options


def main():
    options = parse_arguments()
    names = options.names or [n for n, bench in BENCHES.items() if bench.quick or not options.quick]
    shutil.rmtree(options.data, ignore_errors=True)
    os.makedirs(options.data)
    context = Context(options)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}" + (" (not quiet: figures are provisional)" if load > 0.7 else ""))
    results, failed = [], 0
    try:
        for name in names:
            bench = BENCHES[name]
            start = time.monotonic()
            try:
                value, how = bench.function(context)
            except Failure as failure:
                print(f"{name:30} failed: {failure}", file=sys.stderr)
                failed += 1
                continue
            results.append({"name": name, "value": float(f"{value:.4g}"), "unit": bench.unit, "peer": bench.peer, "how": how})
            print(f"{name:30} {value:10.3f} {bench.unit:22} {time.monotonic() - start:5.0f} s  {how}", flush=True)
    finally:
        if not options.keep:
            shutil.rmtree(options.data, ignore_errors=True)
    with open(options.output, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=2, ensure_ascii=False)
        file.write("\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
