"""Conversations as plain text, that a civil servant can read and correct.

    # A comment
    msisdn: +994501234501
    network: 40001

    > *123#
    CON
      Choose your language
      1 English
    > 1
    END
      Goodbye.

A `>` line is what was typed; `CON` (it goes on) or `END` follows, then the screen's lines, each indented by two
spaces. Header lines come before the first `>`.
"""

from dataclasses import dataclass, field

_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Exchange:
    """One hop: what was typed, and the screen that came."""

    typed: str
    goes_on: bool
    screen: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation. `comments` keep their `#`."""

    headers: dict[str, str] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(exchange.typed for exchange in self.exchanges)


class TranscriptError(ValueError):
    """A transcript that cannot be read; names the line."""


def parse(text: str) -> Transcript:
    """Read a transcript; raises `TranscriptError`."""
    headers: dict[str, str] = {}
    comments: list[str] = []
    exchanges: list[Exchange] = []
    typed: str | None = None
    goes_on = True
    lines: list[str] = []

    def close() -> None:
        if typed is not None:
            exchanges.append(Exchange(typed, goes_on, "\n".join(lines)))

    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(">"):
            close()
            typed, goes_on, lines = line[1:].strip(" "), True, []
        elif line.startswith(_INDENT) and typed is not None:
            lines.append(line[len(_INDENT) :])
        elif line in ("CON", "END") and typed is not None:
            goes_on = line == "CON"
        elif line.startswith("#"):
            comments.append(line)
        elif not line.strip():
            continue
        elif typed is None and ": " in line:
            name, _, value = line.partition(": ")
            headers[name] = value.strip()
        else:
            raise TranscriptError(f"line {number}: expected '> input', CON, END or an indented screen line")
    close()
    return Transcript(headers, tuple(comments), tuple(exchanges))


def write(transcript: Transcript) -> str:
    """The text of a transcript; `parse` reads it back."""
    head = [*transcript.comments, *(f"{name}: {value}" for name, value in transcript.headers.items())]
    body = []
    for exchange in transcript.exchanges:
        body.append(f"> {exchange.typed}".rstrip())
        body.append("CON" if exchange.goes_on else "END")
        body.extend(_INDENT + line for line in exchange.screen.split("\n"))
    return "\n".join([*head, "", *body]) + "\n"
