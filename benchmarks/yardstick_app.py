"""The yardstick of `make bench-hop`: a bare Starlette route, one redis-py GET and one SET of a session's size."""

import os

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_redis = Redis.from_url(os.environ["BENCH_REDIS_URL"])
_session = os.urandom(int(os.environ["BENCH_SESSION_OCTETS"]))


async def hop(request: Request) -> Response:
    key = "bench:yardstick"
    await _redis.get(key)
    await _redis.set(key, _session, ex=600)
    return PlainTextResponse("CON a screen of words, as long as the other one is, so that both carry the same")


app = Starlette(routes=[Route("/hop", hop, methods=["POST"])])
