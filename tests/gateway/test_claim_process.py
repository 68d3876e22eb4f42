"""The process beside a worker, as `guichet worker` starts it: its environment, and the pack's own words."""

import os
from collections.abc import AsyncIterator

import pytest

from domain.clock import SystemClock
from domain.money import Money
from gateway.claim_launch import launcher
from i18n.text import Word
from sms.beside import Beside
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.sms.queueing import Post
from tests.whole import KEYS, settings_for


@pytest.fixture
async def post(clean_url: str) -> AsyncIterator[Post]:
    """An outbox under the keys that the environment names."""
    made = Post(Database(create_engine(clean_url)))
    ring = KeyRing.parse(KEYS)
    made.sealer, made.keys = Sealer(ring), PersonKeys(ring, made.clock)
    yield made
    await made.database.close()


async def test_it_words_what_waits_as_the_worker_would(post: Post, clean_url: str, redis_url: str) -> None:
    values = {"service": Word("service.social_aid"), "reference": "48213", "amount": Money(24500, "AZN")}
    id = await post.put(await post.person(), text_id="sms.granted_amount", values=values, language="en")
    _, named = settings_for(clean_url, redis_url, "http://127.0.0.1:9")
    environment = {**os.environ, **named, "GUICHET_QUIET_HOURS": "no"}
    beside = Beside(launcher(environment, "azerbaijan"), SystemClock())
    await beside.start()
    try:
        claim = await beside.claim(post.ids.uuid7(), 10)
    finally:
        await beside.stop()
    [written] = claim.taken
    assert (claim.seen, written.claim.id) == (1, id)
    assert written.worded and "48213" in written.worded.text and "245" in written.worded.text
    assert written.sealed and (await post.row(id)).state == "sending"
