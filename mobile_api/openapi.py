"""The OpenAPI 3.1 document, made of the same declarations as the routes."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from mobile_api.operations import ANY_ID, JSON, Cache, Op, Security
from mobile_api.problems import STATUS, ProblemDetails
from mobile_api.served import Served
from mobile_api.validation import repeated_fields

VERSION = "1.0.0"
PROBLEM_JSON = "application/problem+json"
_REF = "#/components/schemas/{name}"
_ALWAYS = ("too_many_requests", "busy", "ours", "not_saved", "too_slow")
_ABOUT = (
    "What a citizen can do by app: the same as by USSD and SMS, on the same records. "
    "Errors are problem details (RFC 9457) with a stable `code`. Every write needs an `Idempotency-Key`: "
    "repeat a request whose answer was lost with the same key, and it happens once. "
    "Words are in the language of `Accept-Language`."
)


def problems_of(op: Op) -> tuple[str, ...]:
    """The codes of every problem that the operation may answer: its own, and those of the pipeline."""
    codes = [*_ALWAYS, *op.problems]
    if op.security is not Security.NONE:
        codes += ["sign_in_needed", "agents_only" if op.security is Security.AGENT else "not_for_agents"]
    if op.assisted:
        codes += ["not_agreed"]
    if op.write:
        codes += ["key_missing", "key_malformed", "key_reused", "still_running"]
    if op.body is not None or op.upload:
        codes += ["wrong_media_type", "body_too_large", "body_incomplete"]
    if op.body is not None:
        codes += ["invalid_json"]
    if op.body is not None or op.query is not None:
        codes += ["invalid_fields"]
    if "{" in op.path:
        codes += ["not_found"]
    if op.if_match:
        codes += ["version_needed", "changed_meanwhile"]
    return tuple(dict.fromkeys(codes))


def document(ops: Sequence[Op], languages: Sequence[str], server: str = "/api/v1") -> bytes:
    """The document as JSON. `languages`: those of the pack, the first its own."""
    structs = {kind for op in ops for kind in _structs(op)} | {ProblemDetails}
    ordered = sorted(structs, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for op in ops:
        paths.setdefault(op.path, {})[op.method.lower()] = _operation(op, languages)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Guichet",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in dict.fromkeys(op.tag for op in ops)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "access_token": {"type": "http", "scheme": "bearer", "description": "From signing in by code."}
            },
        },
    }
    return msgspec.json.encode(whole)


def _structs(op: Op) -> Iterable[type[msgspec.Struct]]:
    yield from (kind for kind in op.answers.values() if kind is not None and op.media == JSON)
    if op.body is not None:
        yield op.body


def _operation(op: Op, languages: Sequence[str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": op.id,
        "summary": op.summary,
        "tags": [op.tag],
        "security": [] if op.security is Security.NONE else [{"access_token": []}],
        "parameters": [*_path_parameters(op), *_query_parameters(op), *_header_parameters(op, languages)],
        "responses": {**_answers(op), **_problem_answers(op)},
    }
    if op.description:
        described["description"] = op.description
    if op.body is not None or op.upload:
        described["requestBody"] = _request_body(op)
    if op.assisted:
        described["x-assisted"] = True
    return described


def _path_parameters(op: Op) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{op.where.get(name, ANY_ID)}$"},
        }
        for name in Served.of(op).parts
    ]


def _query_parameters(op: Op) -> list[dict[str, Any]]:
    if op.query is None:
        return []
    (_,), components = msgspec.json.schema_components([op.query], ref_template=_REF)
    schema = components[op.query.__name__]
    repeated = repeated_fields(op.query)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _without_null(property),
            **({"explode": True} if name in repeated else {}),
        }
        for name, property in schema["properties"].items()
    ]


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parameter is left out, never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) == 1 and "anyOf" in schema:
        return {**kinds[0]}
    return {name: value for name, value in schema.items() if not (name == "default" and value is None)}


def _header_parameters(op: Op, languages: Sequence[str]) -> list[dict[str, Any]]:
    headers: list[tuple[str, bool, dict[str, Any], str]] = [
        ("Accept-Language", False, {"type": "string", "examples": list(languages)}, "Languages, best first.")
    ]
    if op.write:
        form = {"type": "string", "pattern": r"^[!#-\[\]-~]{1,64}$"}
        headers.append(("Idempotency-Key", True, form, f"A fresh UUID; kept {op.replay_seconds} seconds."))
    elif op.cache is not Cache.NONE:
        headers.append(("If-None-Match", False, {"type": "string"}, "The ETag of what you have."))
    if op.if_match:
        headers.append(("If-Match", True, {"type": "string"}, "The ETag of what you have seen, or `*`."))
    return [
        {"name": name, "in": "header", "required": required, "schema": schema, "description": about}
        for name, required, schema, about in headers
    ]


def _request_body(op: Op) -> dict[str, Any]:
    if op.body is None:
        octets: dict[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}
        return {"required": True, "content": {kind: {"schema": octets} for kind in op.upload}}
    content: dict[str, Any] = {"schema": {"$ref": _REF.format(name=op.body.__name__)}}
    if "body" in op.examples:
        content["example"] = msgspec.to_builtins(op.examples["body"])
    return {"required": True, "content": {JSON: content}}


def _answers(op: Op) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, kind in op.answers.items():
        answer: dict[str, Any] = {"description": HTTPStatus(status).phrase, "headers": _headers(op)}
        if kind is not None and op.media == JSON:
            content: dict[str, Any] = {"schema": {"$ref": _REF.format(name=kind.__name__)}}
            if status in op.examples:
                content["example"] = msgspec.to_builtins(op.examples[status])
            answer["content"] = {JSON: content}
        elif kind is not None:
            answer["content"] = {op.media: {"schema": {"type": "string"}}}
        answers[str(status)] = answer
    if op.cache is not Cache.NONE:
        answers["304"] = {"description": "You have it already."}
    return answers


def _headers(op: Op) -> dict[str, Any]:
    names = ["RateLimit-Policy", "RateLimit", "X-Request-Id", "Content-Language"]
    if op.cache is not Cache.NONE:
        names.append("ETag")
    return {name: {"schema": {"type": "string"}} for name in names}


def _problem_answers(op: Op) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in problems_of(op):
        by_status.setdefault(STATUS[code], []).append(code)
    return {str(status): _problem_answer(by_status[status]) for status in sorted(by_status)}


def _problem_answer(codes: Sequence[str]) -> dict[str, Any]:
    of_code = {"type": "object", "properties": {"code": {"enum": list(codes)}}}
    return {
        "description": ", ".join(f"`{code}`" for code in codes),
        "content": {PROBLEM_JSON: {"schema": {"allOf": [{"$ref": _REF.format(name="ProblemDetails")}, of_code]}}},
    }
