"""Builds a request's address from the ministry's fixed base and values that may be hostile."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode, urlsplit

from domain.errors import InvalidValue

# What could climb out of a path segment at some server or proxy, even percent-encoded ("%2F" is often decoded
# before routing). No identifier of the standards needs them.
_REFUSED = frozenset("/\\?#%;")
Query = Sequence[tuple[str, str]]


def base(url: str) -> str:
    """The checked base address without its last slash; raises `InvalidValue` if it is no plain http(s) address."""
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or not url.isprintable():
        raise InvalidValue("a ministry's base address must be http(s)://host[:port][/path] and nothing else")
    return url.rstrip("/")


def segment(value: str) -> str:
    """One path segment, percent-encoded; raises `InvalidValue` for what no identifier is."""
    if not value or value in (".", "..") or not value.isprintable() or not _REFUSED.isdisjoint(value):
        raise InvalidValue("value cannot stand in a path")
    return quote(value, safe="")


def address(base_url: str, path: Iterable[str], query: Query = (), *, slash: bool = False) -> str:
    """The whole address; `base_url` as `base` gave it, `slash`: ends with one. Raises `InvalidValue` as `segment`."""
    whole = "/".join((base_url, *(segment(part) for part in path))) + "/" * slash
    return f"{whole}?{urlencode(query, quote_via=quote, safe='')}" if query else whole
