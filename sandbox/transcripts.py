"""Reading a transcript for its headers and what is typed; the screens in between are for people and tests."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"([a-z_]+): (\S.*)")


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation: `language` is the folder, `headers` the lines before the first input."""

    language: str
    name: str
    headers: dict[str, str]
    inputs: tuple[str, ...]


def parse(language: str, name: str, text: str) -> Transcript:
    """Return the headers (`key: value`, before the first `>`) and the inputs (`> …`) of a transcript."""
    headers: dict[str, str] = {}
    inputs: list[str] = []
    for line in text.splitlines():
        if line == ">" or line.startswith("> "):
            inputs.append(line[2:])
        elif not inputs and (found := _HEADER.fullmatch(line.rstrip())):
            headers[found[1]] = found[2]
    return Transcript(headers.get("language", language), name, headers, tuple(inputs))


def read_all(folder: Path) -> list[Transcript]:
    """Read `<folder>/<language>/<name>.txt`, in order of their paths."""
    return [
        parse(path.parent.name, path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/*.txt"))
    ]
