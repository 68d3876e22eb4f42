"""Every operation of the document, asked by a stranger's tool: as it should be, as it may be, and as it must not be.

Requests are made by schemathesis from the document alone; the recipes add what no document can know: whose token,
which ids, and what is there to be done. Answers are held against the document by its checks.
"""

import gzip
import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.amounts import turned
from tests.mobile_api.bench import PREFIX
from tests.mobile_api.one_of_each import OneOfEach
from tests.mobile_api.recipes import RECIPES, Recipe
from tests.phone import request
from tests.whole import Whole

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
]
EACH = 3
SNAKE_CASE = re.compile(r"[a-z]+(_[a-z]+)*")
# Its `next` moves with whatever anybody writes, so that its version may be another at once.
MOVES_ON = {"/changes"}
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
# As it may be or as it must not be; with which ids of a path; whose token.
Way = tuple[GenerationMode, dict[str, Any], str]


@pytest.mark.long
async def test_every_operation_succeeds_and_answers_as_declared_whatever_is_sent(everything: OneOfEach) -> None:
    document = json.loads((await request(everything.whole.app, "GET", f"{PREFIX}/openapi.json")).body)
    schema = schemathesis.openapi.from_dict(document)
    operations = {found.ok().definition.raw["operationId"]: found.ok() for found in schema.get_all_operations()}
    assert set(operations) == set(RECIPES), "a recipe for each operation, and no other"
    assert all(SNAKE_CASE.fullmatch(id) for id in operations), "as clients' functions and the audit log call them"
    asker, wrong = Asker(everything.whole), []
    for turn, (id, make) in enumerate(RECIPES.items()):
        await everything.stays()
        recipe = await make(everything)
        wrong += await asker.succeeds(operations[id], recipe)
        # In `make test` each operation in one of its ways, the next one in another.
        for mode, known, token in turned(ways(operations[id], recipe, everything.beside), turn, 3):
            for case in generated(operations[id], mode, **known):
                wrong += await asker.is_as_declared(case, token)
    print(f"{len(operations)} operations, {asker.asked} requests, {asker.succeeded} of them 2xx")
    assert not wrong, "\n".join(wrong)


def ways(operation: Any, recipe: Recipe, beside: str) -> list[Way]:
    """What the document allows, with ids that are there and with any, also for an agent; and what it does not allow."""
    known = {"path_parameters": dict(recipe.path)} if recipe.path else {}
    found: list[Way] = [(POSITIVE, known, recipe.token)]
    if recipe.path:
        found.append((POSITIVE, {}, recipe.token))
    raw = operation.definition.raw
    if "requestBody" in raw or any(each["in"] == "query" or each["required"] for each in raw["parameters"]):
        found.append((NEGATIVE, known if "requestBody" in raw else {}, recipe.token))
    if "x-assisted" in raw:
        found.append((POSITIVE, {}, beside))
    return found


def generated(operation: Any, mode: GenerationMode, **known: Any) -> list[Any]:
    """The same ones in every run."""
    made: list[Any] = []

    @settings(
        max_examples=EACH, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode, **known))
    def collect(case: Any) -> None:
        made.append(case)

    collect()
    return made


class Asker:
    """Asks the application, and says what of the answers is not as declared."""

    def __init__(self, running: Whole) -> None:
        self._app, self.asked, self.succeeded = running.app, 0, 0

    async def succeeds(self, operation: Any, recipe: Recipe) -> list[str]:
        """By its recipe: with the status that it says, every declared header, and 304 for who has it already."""
        headers = dict(recipe.headers)
        body = {} if recipe.body is None else {"body": recipe.body, "media_type": recipe.media}
        case = operation.Case(path_parameters=dict(recipe.path), query=dict(recipe.query), headers=headers, **body)
        response = await self._ask(case, recipe.token)
        if response.status_code != recipe.status:
            return [f"{operation.label}: {response.status_code} {response.content!r}, not {recipe.status}"]
        declared = operation.definition.raw["responses"]
        missing = set(map(str.lower, declared[str(recipe.status)]["headers"])) - set(response.headers)
        wrong = [*self._wrong(case, response), *(f"{operation.label}: no header {name}" for name in missing)]
        if "304" in declared and operation.path not in MOVES_ON:
            case.headers["If-None-Match"] = response.headers["etag"][0]
            again = await self._ask(case, recipe.token)
            if (again.status_code, again.content) != (304, b""):
                wrong.append(f"{operation.label}: {again.status_code} for what the caller has")
        return wrong

    async def is_as_declared(self, case: Any, token: str) -> list[str]:
        """Whatever comes of it."""
        return self._wrong(case, await self._ask(case, token))

    def _wrong(self, case: Any, response: Any) -> list[str]:
        try:
            case.validate_response(response, checks=CHECKS)
        except schemathesis.errors.FailureGroup as found:
            return [f"{case.method} {case.path} {response.status_code}: {each}" for each in found.exceptions]
        return []

    async def _ask(self, case: Any, token: str) -> Any:
        self.asked += 1
        case.headers = {**(case.headers or {})}
        if case.method not in ("GET", "HEAD") and (case.meta is None or case.meta.generation.mode is POSITIVE):
            case.headers["Idempotency-Key"] = str(UUID(int=self.asked))
        if token:
            case.headers["Authorization"] = f"Bearer {token}"
        sent = requests.Request(**case.as_transport_kwargs(base_url=f"http://gateway{PREFIX}")).prepare()
        url = urlsplit(str(sent.url))
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
        headers = {
            name: value if isinstance(value, str) else value.decode("latin-1") for name, value in sent.headers.items()
        }
        got = await request(self._app, sent.method, unquote(url.path), url.query, body, headers)
        self.succeeded += got.status < 300
        came = gzip.decompress(got.body) if got.headers.get("content-encoding") == "gzip" else got.body
        headers_back = {name: [value] for name, value in got.headers.items()}
        return schemathesis.Response(got.status, headers_back, came, sent, 0.0, False)
