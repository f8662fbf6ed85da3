#!/usr/bin/python3
"""Runs the steps of a GitHub Actions workflow here, one after another, as its runner would: bash -e for each, the
environment handed on by GITHUB_ENV. Steps that use an action, and those named in --skip, are left out.

usage: workflow.py FILE [--skip NAME …]
"""

import argparse
import os
import subprocess
import sys
import tempfile

import yaml


def read_environment(file):
    with open(file, encoding="utf-8") as lines:
        return dict(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--skip", nargs="*", default=[])
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as stream:
        jobs = yaml.safe_load(stream)["jobs"]
    failed = False
    for job in jobs.values():
        with tempfile.TemporaryDirectory() as folder:
            handed = os.path.join(folder, "env")
            open(handed, "w", encoding="utf-8").close()
            for step in job["steps"]:
                if "run" not in step or step.get("name") in options.skip or (failed and step.get("if") != "always()"):
                    continue
                print(f"{step['name']}:", flush=True)
                environment = {**os.environ, "GITHUB_ENV": handed, "RUNNER_TEMP": folder, **read_environment(handed)}
                done = subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=environment, check=False)
                failed = failed or done.returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
