"""The whole gateway for the API's tests: a migrated database of their own, emptied for each, and fresh ministries."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from unittest import mock

import pytest

from mobile_api.quotas import RequestQuota
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.mobile_api.one_of_each import OneOfEach, one_of_each
from tests.whole import Stage, Whole, served, whole


@pytest.fixture(scope="session")
def api_ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; a test's gateway puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="session")
async def api_url(databases: Databases) -> str:
    """A database of its own, at the newest revision."""
    return await databases.migrated("api")


@pytest.fixture
async def whole_api(
    databases: Databases, api_url: str, redis_url: str, redis: RedisClient, api_ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    """A gateway that was just started, with every table empty."""
    async with whole(await databases.emptied(api_url), redis_url, *api_ministries, told_before=True) as running:
        yield running


@pytest.fixture
async def everything(
    databases: Databases, api_url: str, redis_url: str, redis: RedisClient, api_ministries: tuple[Stage, str]
) -> AsyncIterator[OneOfEach]:
    """Somebody who has one of each thing. Mail is sent, so that nothing is switched off; nobody asks too often."""
    mail = {"smtp_host": "127.0.0.1", "smtp_starttls": "no"}
    with mock.patch("gateway.app_api.RequestQuota", partial(RequestQuota, quota=1_000_000)):
        url = await databases.emptied(api_url)
        async with whole(url, redis_url, *api_ministries, told_before=True, **mail) as running:
            yield await one_of_each(running)
