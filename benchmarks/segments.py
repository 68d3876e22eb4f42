"""Texts a second cut into SMS parts, beside three public counters; and whether all say the same.

    make bench-segments

The texts are every SMS of every catalog, slots filled, once as they are and once three in a row (several parts).
smsutil is Python as we are, and is the yardstick; split-sms and sms-segments-calculator are npm's, in one process of
Node. Processor time only, medians; ours is measured before and after the others.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from babel.messages.pofile import read_po

from benchmarks.peers.needs import module, node_package
from sms.segments import segment
from sms.values import Encoding

WANTED = 10.0
ROUNDS = 5
_ROOT = Path(__file__).parents[1]
_SLOT = re.compile(r"\{\w+\}")
# Where counters are known to part: escapes at a border, letters outside the basic plane, letters of no table.
_BORDERS = ("a" * 152 + "€" + "b" * 40, "ş" * 66 + "😀" + "ş" * 10, "{" * 81, "x" * 160, "ə" * 70, "ə" * 71, "a`b" * 60)


@dataclass(frozen=True)
class Said:
    """What a counter says of a text."""

    gsm: bool
    parts: tuple[str, ...]


class Told(msgspec.Struct):
    """What one of Node's counters says of a text: its parts, or only how many."""

    parts: tuple[str, ...] = ()
    count: int = 0


class Counter(msgspec.Struct):
    """One of Node's counters: microseconds of processor time a text, and what it says of each."""

    micros: float
    said: list[Told]


def corpus() -> list[str]:
    """Every SMS of the platform's and the countries' catalogs."""
    found = []
    for path in sorted((*_ROOT.glob("i18n/locales/*.po"), *_ROOT.glob("countries/*/locales/*.po"))):
        with path.open("rb") as file:
            for message in read_po(file):
                if str(message.id).startswith("sms.") and message.string:
                    found.append(_SLOT.sub("40000014", str(message.string)))
    return found + [" ".join(found[at : at + 3]) for at in range(0, len(found) - 2, 3)] + list(_BORDERS)


def cost(work: Callable[[str], object], texts: Sequence[str], seconds: float) -> float:
    """Microseconds of processor time a text, the median of several rounds of together so many seconds."""
    taken = []
    for _ in range(ROUNDS):
        rounds, began, until = 0, time.process_time(), time.perf_counter() + seconds / ROUNDS
        while not rounds or time.perf_counter() < until:
            for text in texts:
                work(text)
            rounds += 1
        taken.append((time.process_time() - began) / rounds / len(texts) * 1e6)
    return statistics.median(taken)


def ours(text: str) -> Said:
    told = segment(text)
    return Said(told.encoding is Encoding.GSM7, told.parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each counter and kind of text")
    parser.add_argument("--one-in", type=int, default=1, help="of the texts (default: all of them)")
    options = parser.parse_args()
    smsutil, folder = module("smsutil"), node_package("split-sms")
    texts = corpus()[:: options.one_in]
    kinds = {
        "GSM-7": [text for text in texts if ours(text).gsm],
        "UCS-2": [text for text in texts if not ours(text).gsm],
        "all": texts,
    }
    print(f"{len(texts)} texts, {statistics.mean(map(len, texts)):.0f} letters each; µs of CPU a text (times ours)\n")
    print("| texts | ours | smsutil | split-sms | sms-segments-calculator |\n|---|---|---|---|---|")
    ratio = 0.0
    for kind, some in kinds.items():
        before = cost(segment, some, options.seconds / 2)
        util = cost(smsutil.split, some, options.seconds)
        strangers = in_node(folder, some, options.seconds)
        mine = statistics.mean((before, cost(segment, some, options.seconds / 2)))
        ratio = util / mine
        others = [util, *(strangers[name].micros for name in ("split-sms", "sms-segments-calculator"))]
        print(f"| {kind} | {mine:.2f} | " + " | ".join(f"{each:.1f} ({each / mine:.1f})" for each in others) + " |")
    print()
    by_util = [split.parts for split in map(smsutil.split, texts)]
    _agree("smsutil", texts, [tuple(part.content for part in parts) for parts in by_util])
    _agree("split-sms", texts, [said.parts for said in strangers["split-sms"].said])
    counted = [said.count for said in strangers["sms-segments-calculator"].said]
    alike = sum(len(ours(text).parts) == count for text, count in zip(texts, counted, strict=True))
    print(f"sms-segments-calculator: {alike} of {len(texts)} texts have as many parts (it counts, and cuts nothing)")
    print(f"\nratio to smsutil, all texts: {ratio:.1f} (wanted: {WANTED:.0f})")
    return 0 if ratio >= WANTED else 1


def in_node(folder: Path, texts: Sequence[str], seconds: float) -> dict[str, Counter]:
    asked = json.dumps({"texts": texts, "seconds": seconds})
    done = subprocess.run(["node", "counters.js"], cwd=folder, input=asked, capture_output=True, text=True, check=True)
    return msgspec.json.decode(done.stdout, type=dict[str, Counter])


def _agree(name: str, texts: Sequence[str], said: Sequence[tuple[str, ...]]) -> None:
    """Where a counter cuts otherwise than we do."""
    apart = [(text, parts) for text, parts in zip(texts, said, strict=True) if ours(text).parts != parts]
    count = sum(len(ours(text).parts) != len(parts) for text, parts in apart)
    print(f"{name}: {len(texts) - len(apart)} of {len(texts)} texts cut alike; {count} with another number of parts")
    for text, parts in apart[:3]:
        print(f"  {text[:24]!r}...: ours {[len(p) for p in ours(text).parts]}, {name} {[len(p) for p in parts]}")


if __name__ == "__main__":
    sys.exit(main())
