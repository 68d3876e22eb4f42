"""Growth, four tables after each other: sessions in Redis, messages in PostgreSQL, screens of menus, places of a pack.

make bench-growth                  under two minutes
make bench-growth ARGS=--long      to a million sessions and five million messages; needs 10 GB of disk
make bench-growth ARGS=--smallest  a few of each: do they still run?
"""

import argparse
import subprocess
import sys

QUICK = {
    "session_growth": ["--sizes", "1000", "10000", "100000"],
    "message_growth": ["--sizes", "10000", "100000"],
    "menu_growth": [],
    "places": [],
}
LONG = {
    "session_growth": ["--sizes", "1000", "10000", "100000", "1000000"],
    "message_growth": ["--sizes", "10000", "100000", "1000000", "5000000"],
}
SMALLEST = {
    "session_growth": ["--sizes", "100"],
    "message_growth": ["--sizes", "250", "--waiting", "120"],
    "menu_growth": ["--sizes", "10"],
    "places": ["--sizes", "10"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--long", action="store_true", help="to a million sessions and five million messages")
    how.add_argument("--smallest", action="store_true", help="a few of each: do they still run?")
    parser.add_argument("--only", choices=QUICK, help="that one alone")
    options = parser.parse_args()
    chosen = {**QUICK, **LONG} if options.long else SMALLEST if options.smallest else QUICK
    worst = 0
    for name, sizes in chosen.items():
        if options.only in (None, name):
            print(f"\n{name.replace('_', ' ')}\n", flush=True)
            worst = max(worst, subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sizes]).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
