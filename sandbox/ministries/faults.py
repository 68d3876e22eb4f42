"""Which answers go wrong, and how: rules set over HTTP, drawn with a seeded chance."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from sandbox.ministries.wire import BadRequest, Json


class Kind(StrEnum):
    """What happens to a request or its answer."""

    DELAY = "delay"  # the answer comes `value` seconds late
    STATUS = "status"  # the status `value` instead of the answer
    HANG = "hang"  # nothing ever comes
    CUT = "cut"  # the connection is reset, after `value` octets of the answer if given
    CUT_AFTER_WRITE = "cut_after_write"  # carried out, then the connection is reset
    DROP_AFTER_WRITE = "drop_after_write"  # carried out, then nothing ever comes
    HTML = "html"  # an error page with status `value`, else 200
    WRONG_TYPE = "wrong_type"  # the right body with the content type `value`, else text/html
    TRUNCATED_JSON = "truncated_json"  # a whole answer that holds half of the JSON
    HUGE = "huge"  # `value` octets of valid JSON, else 16 MiB
    DEEP = "deep"  # arrays nested `value` deep, else 50,000
    DRIP = "drip"  # the body octet by octet, `value` seconds apart, else 1
    REDIRECT = "redirect"  # 302 to the address `value`
    EMPTY = "empty"  # the right status with no body
    DOUBLE = "double"  # the body twice in one answer
    X_ROAD_ERROR = "x_road_error"  # a mediator's own failure of the type `value`, else ServiceFailed


# Kinds that, unless the rule says otherwise, keep the operation from being carried out at all.
_BEFORE = frozenset({Kind.STATUS, Kind.HANG, Kind.CUT, Kind.HTML, Kind.REDIRECT, Kind.X_ROAD_ERROR})
_FIXED = {Kind.CUT_AFTER_WRITE: False, Kind.DROP_AFTER_WRITE: False}
_NUMBERS = frozenset({Kind.DELAY, Kind.STATUS, Kind.CUT, Kind.HTML, Kind.HUGE, Kind.DEEP, Kind.DRIP})
_NEEDED = frozenset({Kind.DELAY, Kind.STATUS})


@dataclass(slots=True)
class Fault:
    """One rule; `left` counts down to nothing, `None` lasts until deleted."""

    id: int
    ministry: str
    operation: str
    kind: Kind
    value: Any
    left: int | None
    probability: float
    before_write: bool

    def meets(self, ministry: str, operation: str) -> bool:
        return self.left != 0 and self.ministry in ("*", ministry) and self.operation in ("*", operation)

    def number(self, default: float) -> float:
        return default if self.value is None else float(self.value)

    def shown(self) -> Json:
        return {
            "id": self.id,
            "ministry": self.ministry,
            "operation": self.operation,
            "kind": self.kind.value,
            "value": self.value,
            "times": self.left,
            "probability": self.probability,
            "before_write": self.before_write,
        }


class FaultBoard:
    """The rules in force; the first that meets a request and wins its draw is applied."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.clear()
        self._last_id = 0

    def clear(self) -> None:
        self._rules: list[Fault] = []
        self._random = Random(self._seed)

    def add(self, asked: Json) -> Fault:
        """A rule from its JSON; raises `BadRequest`."""
        try:
            kind = Kind(str(asked.get("kind")))
        except ValueError as problem:
            raise BadRequest(f"kind is one of {[known.value for known in Kind]}") from problem
        value = asked.get("value")
        if (value is None and kind in _NEEDED) or (value is not None and kind in _NUMBERS and not _natural(value)):
            raise BadRequest(f"{kind} takes a number that is not negative as its value")
        times, probability = asked.get("times"), asked.get("probability", 1.0)
        if times is not None and (not isinstance(times, int) or times < 1):
            raise BadRequest("times is a count or null")
        if not _natural(probability) or probability > 1:
            raise BadRequest("probability lies between 0 and 1")
        self._last_id += 1
        before = _FIXED.get(kind, bool(asked.get("before_write", kind in _BEFORE)))
        ministry, operation = str(asked.get("ministry", "*")), str(asked.get("operation", "*"))
        rule = Fault(self._last_id, ministry, operation, kind, value, times, float(probability), before)
        self._rules.append(rule)
        return rule

    def drop(self, ministry: str | None, rule_id: int | None) -> int:
        """Delete rules, all unless told which; the count of those deleted."""
        kept = [
            rule
            for rule in self._rules
            if (rule_id is not None and rule.id != rule_id) or (ministry is not None and rule.ministry != ministry)
        ]
        gone, self._rules = len(self._rules) - len(kept), kept
        return gone

    def rules(self) -> list[Fault]:
        return [rule for rule in self._rules if rule.left != 0]

    def draw(self, ministry: str, operation: str) -> Fault | None:
        """The fault that this request meets, if any."""
        for rule in self._rules:
            if rule.meets(ministry, operation) and (rule.probability >= 1 or self._random.random() < rule.probability):
                if rule.left is not None:
                    rule.left -= 1
                return rule
        return None


def _natural(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
