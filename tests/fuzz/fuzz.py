"""Runs one fuzz target for CAUSEWAY_FUZZ_SECONDS (5), from its seeds.

What it finds that is new stays in corpus/ beside it when it runs for a minute or longer, and is where the
next such run goes on. What makes it fail is in findings/: put it into tests/data/fuzz/<target>/, and it is
a unit test.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("seeds", nargs="+")
    parser.add_argument("--longest", required=True, help="bytes of an input")
    parser.add_argument("--dictionary")
    return parser.parse_args()


def number(name, output):
    return int((re.findall(rf"stat::{name}:\s+(\d+)", output) or ["0"])[-1])


def main():
    options = arguments()
    seconds = int(os.environ.get("CAUSEWAY_FUZZ_SECONDS", "5"))
    name = options.target.name.removeprefix("fuzz_")
    home = options.target.parent
    findings = home / "findings" / name
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        corpus = home / "corpus" / name if seconds >= 60 else Path(scratch)
        corpus.mkdir(parents=True, exist_ok=True)
        command = [options.target, corpus, *options.seeds, f"-max_total_time={seconds}",
                   f"-max_len={options.longest}", f"-artifact_prefix={findings}/", "-timeout=10",
                   "-rss_limit_mb=2048", "-print_final_stats=1", "-use_value_profile=1"]
        if options.dictionary:
            command.append(f"-dict={options.dictionary}")
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace")
    runs = number("number_of_executed_units", done.stdout)
    new = number("new_units_added", done.stdout)
    covered = (re.findall(r"cov: (\d+)", done.stdout) or ["0"])[-1]
    line = f"{name}: {runs} runs in {seconds} s, {covered} edges of the code seen, {new} new inputs"
    if done.returncode != 0:
        print(done.stdout[-20000:])
        line += f"; FAILED, the input is in {findings}"
    (home / f"{name}.result").write_text(line + "\n")
    print(line)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
