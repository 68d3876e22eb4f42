"""Whether the process lives, whether it can serve, and what it counts."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from domain.errors import GuichetError
from gateway.metrics import Metrics
from gateway.stopping import Stopping
from storage.redis_client import RedisClient
from storage.unit_of_work import Database

_PROBE_SECONDS = 2.0


async def livez(request: Request) -> Response:
    """The process answers. Says nothing of its stores: restarting it would not mend them."""
    return PlainTextResponse("ok\n")


class Readyz:
    """200 while PostgreSQL answers; Redis away is told but does not take the gateway out of service. 503 as soon as the
    process was told to end."""

    def __init__(self, database: Database, redis: RedisClient, stopping: Stopping | None = None) -> None:
        self._database = database
        self._redis = redis
        self._stopping = stopping or Stopping()

    async def answer(self, request: Request) -> Response:
        if self._stopping.begun:
            return JSONResponse({"stopping": True}, 503)
        postgresql, redis = await asyncio.gather(_answers(self._database), _answers(self._redis))
        status = 200 if postgresql else 503
        return JSONResponse({"postgresql": postgresql, "redis": redis, "degraded": not redis}, status)


class MetricsPage:
    """The metrics in Prometheus's text format."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def answer(self, request: Request) -> Response:
        return Response(self._metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _answers(store: Database | RedisClient) -> bool:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await store.ping()
    except (GuichetError, TimeoutError):
        return False
    return True
