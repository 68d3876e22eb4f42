"""Reading `application/x-www-form-urlencoded` bytes: only the fields asked for, each at most once."""

from collections.abc import Set
from urllib.parse import unquote_to_bytes

from domain.errors import InvalidValue


def fields(body: bytes, wanted: Set[str]) -> dict[str, str]:
    """The wanted fields of a form body or query string.

    Undecodable octets become U+FFFD, which no screen accepts as an answer. Raises `InvalidValue` for a field given
    twice: one part of a system would read the first and another the last (HTTP parameter pollution).
    """
    text = body.decode("utf-8", "replace")
    # What is dialled, for all fields at once: none of these is a part of another, and a percent sign is written %25.
    text = text.replace("+", " ").replace("%2A", "*").replace("%2B", "+").replace("%23", "#")
    found: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if name not in wanted:
            continue
        if name in found:
            raise InvalidValue("a field is given twice")
        found[name] = unquote_to_bytes(value).decode("utf-8", "replace") if "%" in value else value
    return found


def octets(body: bytes, name: bytes) -> bytes:
    """One field as the octets it stands for, whatever alphabet they are in; empty where it is missing."""
    for pair in body.split(b"&"):
        given, _, value = pair.partition(b"=")
        if given == name:
            return unquote_to_bytes(value.replace(b"+", b" "))
    return b""
