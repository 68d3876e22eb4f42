"""What is written of every message before it is sent touches no index; and what claims leave behind is swept."""

from sqlalchemy import func, select, text

from sms.tables import CLAIMS, MESSAGES
from storage.unit_of_work import Database
from tests.sms.queueing import Post

# Of the claim, of the mark before the first octet, and of giving back.
WRITTEN = frozenset(
    {
        "state", "reason", "claim_token", "provider", "provider_mode", "encoding", "parts", "cost_millis",
        "cost_currency", "attempts",
    }
)  # fmt: skip


def test_no_index_is_of_what_a_claim_or_a_mark_writes() -> None:
    for index in MESSAGES.indexes:
        condition = str(index.dialect_options["postgresql"]["where"])
        of = {column.name for column in index.columns} | set(condition.replace("(", " ").split())
        assert not of & WRITTEN, index.name


async def test_a_claim_is_forgotten_once_its_lease_is_over_and_nothing_is_left_of_it(database: Database) -> None:
    post = Post(database)
    await post.put(await post.person())
    dispatcher = post.dispatcher()
    await dispatcher.once()
    await dispatcher.sweep()
    assert await claims(database) == 1, "its lease is good"
    async with database.unit_of_work() as work:
        await work.execute(text("UPDATE sms_claims SET lease_until = now() - interval '1 second'"))
    await dispatcher.sweep()
    assert await claims(database) == 0 and await post.states() == ["sent"]


async def claims(database: Database) -> int:
    async with database.unit_of_work() as work:
        return int((await work.execute(select(func.count()).select_from(CLAIMS))).scalar_one())
