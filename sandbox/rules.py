"""What is to go otherwise than well, asked for over HTTP: words, whom they meet, and how often."""

from collections.abc import Collection
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import wire
from sandbox.ministries.gate import problem
from sandbox.ministries.wire import BadRequest, Json

ANY = "*"
_MOST = 200


@dataclass(slots=True)
class Rule:
    """`kind` happens to what meets `where`; `left` counts down to nothing, `None` lasts until deleted."""

    id: int
    kind: str
    where: dict[str, str]
    value: str
    seconds: float | None
    left: int | None

    def meets(self, **place: str) -> bool:
        return self.left != 0 and all(wanted in (ANY, place.get(name, "")) for name, wanted in self.where.items())

    def shown(self) -> Json:
        known = {"id": self.id, "kind": self.kind, **self.where, "times": self.left}
        return known | {"value": self.value, "seconds": self.seconds}


@dataclass(slots=True)
class Rules:
    """The rules in force; the first that meets is applied. `places` are the names that a rule may narrow."""

    kinds: Collection[str]
    places: tuple[str, ...]
    rules: list[Rule] = field(default_factory=list)
    last_id: int = 0

    def add(self, asked: Json) -> Rule:
        """A rule from its JSON; raises `BadRequest`."""
        kind, times, seconds = str(asked.get("kind")), asked.get("times"), asked.get("seconds")
        if kind not in self.kinds:
            raise BadRequest(f"kind is one of {sorted(self.kinds)}")
        if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
            raise BadRequest("times is a count or null")
        if seconds is not None and (not isinstance(seconds, int | float) or not 0 <= seconds <= 3600):
            raise BadRequest("seconds lies between 0 and 3600")
        if len(self.rules) >= _MOST:
            raise BadRequest("too many rules: delete some")
        self.last_id += 1
        where = {name: str(asked.get(name, ANY)) for name in self.places}
        rule = Rule(self.last_id, kind, where, str(asked.get("value") or ""), seconds, times)
        self.rules.append(rule)
        return rule

    def draw(self, *, among: Collection[str] | None = None, **place: str) -> Rule | None:
        """The rule that this meets, if any, of the kinds `among`; it counts as applied."""
        for rule in self.rules:
            if (among is None or rule.kind in among) and rule.meets(**place):
                if rule.left is not None:
                    rule.left -= 1
                    if rule.left == 0:
                        self.rules.remove(rule)
                return rule
        return None

    def drop(self, rule_id: int | None = None) -> int:
        """Delete one rule, or all; the count of those deleted."""
        kept = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]
        gone, self.rules = len(self.rules) - len(kept), kept
        return gone


def routes(path: str, rules: Rules) -> list[BaseRoute]:
    """`GET` lists the rules at `path`, `POST` adds one, `DELETE` drops all or that of `?id=`."""

    async def shown(request: Request) -> Response:
        return JSONResponse([rule.shown() for rule in rules.rules])

    async def add(request: Request) -> Response:
        try:
            return JSONResponse(rules.add(await wire.body(request)).shown(), 201)
        except BadRequest as bad:
            return problem(400, "invalid_request", str(bad))

    async def drop(request: Request) -> Response:
        rule_id = request.query_params.get("id", "")
        return JSONResponse({"deleted": rules.drop(int(rule_id) if rule_id.isdecimal() else None)})

    return [
        Route(path, shown, methods=["GET"]),
        Route(path, add, methods=["POST"]),
        Route(path, drop, methods=["DELETE"]),
    ]
