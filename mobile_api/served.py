"""An operation made ready to serve: all that can be known before the first request is worked out here, once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from mobile_api.operations import ANY_ID, JSON, Cache, Op, Security
from mobile_api.validation import repeated_fields

_PART = re.compile(r"\{([a-z_]+)\}")
_VARY_PUBLIC = b"Accept-Language, Accept-Encoding"
_VARY_PERSONAL = b"Authorization, Accept-Language, Accept-Encoding"

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Served:
    """What serving needs to know of an operation. `matches`: the form of the whole path below `/api/v1`."""

    op: Op
    matches: Callable[[str], "re.Match[str] | None"]
    parts: tuple[str, ...]
    repeated: frozenset[str]
    personal: bool
    statuses: frozenset[int]
    media: bytes
    # Of every good answer.
    headers: Headers
    encode: Callable[[Any], bytes]

    @classmethod
    def of(cls, op: Op) -> "Served":
        """Raises `ValueError` for a declaration that contradicts itself."""
        for status, kind in op.answers.items():
            if not 200 <= status < 300:
                raise ValueError(f"{op.id}: {status} is a problem's status")
            if kind is not None and op.media == JSON and not issubclass(kind, msgspec.Struct):
                raise ValueError(f"{op.id}: an answer is a struct")
        if op.cache is Cache.PUBLIC and op.security is not Security.NONE:
            raise ValueError(f"{op.id}: what is a person's is not kept by all")
        personal = op.security is not Security.NONE
        return cls(
            op=op,
            matches=re.compile(pattern(op)).fullmatch,
            parts=tuple(_PART.findall(op.path)),
            repeated=repeated_fields(op.query),
            personal=personal,
            statuses=frozenset(op.answers),
            media=op.media.encode(),
            headers=(
                (b"cache-control", op.cache.value.encode()),
                (b"vary", _VARY_PERSONAL if personal else _VARY_PUBLIC),
                (b"x-content-type-options", b"nosniff"),
            ),
            encode=msgspec.json.Encoder().encode if op.media == JSON else bytes,
        )


def pattern(op: Op) -> str:
    """The path as a regular expression, with a named group for each of its parts."""
    pieces = _PART.split(op.path)
    return "".join(
        f"(?P<{piece}>{op.where.get(piece, ANY_ID)})" if place % 2 else re.escape(piece)
        for place, piece in enumerate(pieces)
    )
