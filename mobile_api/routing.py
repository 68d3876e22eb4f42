"""Which operation a path and a method mean: found by its fixed words, so that many operations cost what one does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mobile_api.problems import Problem
from mobile_api.served import Served

_NO_PARTS: Mapping[str, str] = {}


@dataclass(slots=True)
class _Place:
    """The operations of one path, by method; HEAD is answered as GET is."""

    by_method: dict[str, Served] = field(default_factory=dict)

    def of(self, method: str) -> Served:
        found = self.by_method.get("GET" if method == "HEAD" else method)
        if found is None:
            allowed = sorted({*self.by_method, *(["HEAD"] if "GET" in self.by_method else [])})
            raise Problem("method_not_allowed", headers={"Allow": ", ".join(allowed)})
        return found


class Routes:
    """All operations. Raises `ValueError` where two claim the same path and method, or the same id."""

    def __init__(self, operations: Iterable[Served]) -> None:
        self._fixed: dict[str, _Place] = {}
        # By how many parts a path has and its first word: few remain to be compared.
        self._patterns: dict[tuple[int, str], dict[str, _Place]] = {}
        ids: set[str] = set()
        for served in operations:
            op = served.op
            places = self._patterns.setdefault(_kind(op.path), {}) if served.parts else self._fixed
            place = places.setdefault(op.path, _Place())
            if op.method in place.by_method or op.id in ids:
                raise ValueError(f"{op.id}: {op.method} {op.path} stands twice")
            ids.add(op.id)
            place.by_method[op.method] = served

    def find(self, method: str, path: str) -> tuple[Served, Mapping[str, str]]:
        """The operation and the path's parts. Raises `Problem`: `not_found`, `method_not_allowed`."""
        if place := self._fixed.get(path):
            return place.of(method), _NO_PARTS
        for place in self._patterns.get(_kind(path), {}).values():
            served = next(iter(place.by_method.values()))
            if found := served.matches(path):
                return place.of(method), found.groupdict()
        raise Problem("not_found")


def _kind(path: str) -> tuple[int, str]:
    return path.count("/"), path[1:].partition("/")[0]
