"""How requests write nested values: JSON, forms, and GovStack's brackets in a query string."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

Json = dict[str, Any]
_KEY = re.compile(r"[^\[\]]+|\[\]")


class BadRequest(Exception):
    """The request cannot be read; the message says why."""


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b]=1`, `a[c][]=2`, `a[c][0]=2` and `a={"b": 1}` as nested dictionaries and lists."""
    tree: Json = {}
    for key, value in pairs:
        parts = _KEY.findall(key) or [key]
        node = tree
        for part in parts[:-1]:
            below = node.setdefault(part, {})
            if not isinstance(below, dict):
                raise BadRequest(f"{key} is both a value and a group")
            node = below
        _put(node, parts[-1], _value(value))
    return {key: _lists(value) for key, value in tree.items()}


def _put(node: Json, name: str, value: Any) -> None:
    """A name that comes twice, or an empty one, gathers its values into a list."""
    if name == "[]":
        node.setdefault("[]", []).append(value)
    elif name in node:
        known = node[name]
        node[name] = [*known, value] if isinstance(known, list) else [known, value]
    else:
        node[name] = value


def _value(text: str) -> Any:
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _lists(value: Any) -> Any:
    """Groups whose names are `[]` or 0, 1, 2… are lists."""
    if not isinstance(value, dict):
        return value
    items = {key: _lists(child) for key, child in value.items()}
    if set(items) == {"[]"}:
        return items["[]"]
    if items and all(key.isdecimal() for key in items):
        return [items[key] for key in sorted(items, key=int)]
    return items


def query(request: Request) -> Json:
    """The query's parameters; what stands inside `qry` (brackets or JSON) is lifted to the top.

    OpenAPI's `style: form, explode: true` leaves nested objects undefined, so that clients differ:
    `event_filter[event_id]=…`, `qry[event_filter][event_id]=…` and `qry={"event_filter": …}` all mean the same.
    """
    tree = nested(request.query_params.multi_items())
    inside = tree.pop("qry", {})
    if not isinstance(inside, dict):
        raise BadRequest("qry is not an object")
    return {**tree, **inside}


async def body(request: Request) -> Json:
    """A JSON or form-encoded body as an object; raises `BadRequest`.

    What begins like an object is JSON whatever it claims: `curl -d` says that everything is a form.
    """
    raw = await request.body()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded" and not raw.lstrip().startswith(b"{"):
            return nested(parse_qsl(raw.decode(), keep_blank_values=True))
        value = json.loads(raw)
    except (ValueError, RecursionError) as problem:
        raise BadRequest("the body cannot be read") from problem
    if not isinstance(value, dict):
        raise BadRequest("the body is not an object")
    return value


def group(tree: Json, name: str) -> Json:
    """The group called `name`, empty when absent; raises `BadRequest` if it is something else."""
    value = tree.get(name) or {}
    if not isinstance(value, dict):
        raise BadRequest(f"{name} is not an object")
    return value


def texts(value: Any) -> list[str]:
    """One value or many, as texts: GovStack writes numbers as texts, and `[1,2]` or `1,2` for lists."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [str(item) for item in value]
    return [part.strip() for part in str(value).strip("[]").split(",") if part.strip()]


def number(value: str) -> str:
    """A phone number whose `+` was lost to a space on the way."""
    return "+" + value[1:] if value.startswith(" ") else value
