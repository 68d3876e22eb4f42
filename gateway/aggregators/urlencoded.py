"""Reading `application/x-www-form-urlencoded` bytes: only the fields asked for, each at most once."""

from collections.abc import Set
from urllib.parse import unquote_to_bytes

from domain.errors import InvalidValue


def fields(body: bytes, wanted: Set[bytes]) -> dict[bytes, str]:
    """The wanted fields of a form body or query string.

    Undecodable octets become U+FFFD, which no screen accepts as an answer. Raises `InvalidValue` for a field given
    twice: one part of a system would read the first and another the last (HTTP parameter pollution).
    """
    # What is dialled, for all fields at once: none of these is a part of another, and a percent sign is written %25.
    body = body.replace(b"+", b" ").replace(b"%2A", b"*").replace(b"%2B", b"+").replace(b"%23", b"#")
    found: dict[bytes, str] = {}
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name not in wanted:
            continue
        if name in found:
            raise InvalidValue("a field is given twice")
        if b"%" in value:
            value = unquote_to_bytes(value)
        found[name] = value.decode("utf-8", "replace")
    return found


def octets(body: bytes, name: bytes) -> bytes:
    """One field as the octets it stands for, whatever alphabet they are in; empty where it is missing."""
    for pair in body.split(b"&"):
        given, _, value = pair.partition(b"=")
        if given == name:
            return unquote_to_bytes(value.replace(b"+", b" "))
    return b""
