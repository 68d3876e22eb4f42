"""F20: both stores are far away, and one piece in twenty has to be sent again."""

import asyncio

from tests.faults.proxy import Proxy, Weather, postgres_through, redis_behind
from tests.faults.test_redis import WALK, Seen, seats
from tests.gateway.walks import walk_to_confirm
from tests.phone import AfricasTalkingPhone
from tests.whole import Stage, Whole, whole

PEOPLE = 4
BAD = Weather(latency=0.01, jitter=0.008, lost=0.05, again=0.2)


async def walks(gateway: Whole, seen: Seen, msisdn: str, times: int) -> None:
    for _ in range(times):
        phone = AfricasTalkingPhone(gateway.app, msisdn)
        await seen.dial(phone)
        for typed in WALK:
            await seen.key(phone, typed)


async def test_people_dial_and_book_over_a_bad_line(
    clean_url: str, redis_url: str, postgres: Proxy, ministries: tuple[Stage, str], long: int
) -> None:
    seen, times = Seen(), {"hop_deadline": "9", "ministry_deadline": "8"}
    async with Proxy(redis_behind(redis_url)) as redis:
        url = f"redis://127.0.0.1:{redis.port}/0"
        async with whole(postgres_through(postgres, clean_url), url, *ministries, **times) as gateway:
            seat, phone = seats(gateway)[0], AfricasTalkingPhone(gateway.app, "+994551234501")
            redis.weather = postgres.weather = BAD
            await walk_to_confirm(phone, gateway, seat)
            assert (await phone.answer("1")).name in ("visit_booked", "visit_processing", "promised")
            people = [f"+99450{5_000_000 + number}" for number in range(PEOPLE)]
            await asyncio.gather(*(walks(gateway, seen, msisdn, min(2 * long, 20)) for msisdn in people))
            redis.weather = postgres.weather = Weather()
            assert len(gateway.sandbox.state.world.diary.appointments) == 1
    assert seen.failed <= seen.screens.total() / 100, seen.screens
