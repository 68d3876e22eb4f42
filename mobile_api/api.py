"""The app's API as one route: every operation below `/api/v1`, the document that describes them, and its page."""

from collections.abc import Callable, Mapping, Sequence

from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from mobile_api import etags
from mobile_api.docs_page import CONTENT_SECURITY_POLICY, page
from mobile_api.openapi import document
from mobile_api.operations import Op
from mobile_api.problems import Problem
from mobile_api.replies import Reply, send_reply
from mobile_api.routing import Routes
from mobile_api.served import Served
from mobile_api.serving import Pipeline

PREFIX = "/api/v1"


class ApiDoor:
    """Plain ASGI: the path decides, the pipeline answers."""

    def __init__(self, ops: Sequence[Op], pipeline: Pipeline, languages: Sequence[str]) -> None:
        self._routes = Routes(Served.of(op) for op in ops)
        self._pipeline = pipeline
        # Made when they are first asked for: describing everything takes longer than all else at the start.
        english = "en" if "en" in languages else languages[0]
        self._made: dict[str, Reply] = {}
        self._pages: Mapping[str, Callable[[], Reply]] = {
            "/openapi.json": lambda: _static(document(ops, languages), b"application/json"),
            "/docs": lambda: _static(
                page(ops, lambda code: pipeline.title(code, english)),
                b"text/html; charset=utf-8",
                (b"content-security-policy", CONTENT_SECURITY_POLICY),
            ),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(PREFIX)
        if path in self._pages and scope["method"] in ("GET", "HEAD"):
            if path not in self._made:
                self._made[path] = self._pages[path]()
            await send_reply(send, self._made[path], dict(scope["headers"]), head=scope["method"] == "HEAD")
            return
        try:
            served, parts = self._routes.find(scope["method"], path)
        except Problem as problem:
            await self._pipeline.refuse(problem, scope, send)
            return
        await self._pipeline.serve(served, parts, scope, receive, send)


def api_routes(ops: Sequence[Op], pipeline: Pipeline, languages: Sequence[str]) -> list[BaseRoute]:
    """What the gateway mounts. Raises `ValueError` for declarations that contradict themselves or each other."""
    return [Mount(PREFIX, app=ApiDoor(ops, pipeline, languages))]


def _static(body: bytes, media: bytes, *headers: tuple[bytes, bytes]) -> Reply:
    common = (
        (b"cache-control", b"public, max-age=300"),
        (b"vary", b"Accept-Encoding"),
        (b"x-content-type-options", b"nosniff"),
    )
    return Reply(200, body, media, (*common, *headers), etags.of_body(body))
