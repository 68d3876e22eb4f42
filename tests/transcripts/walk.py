"""Playing a transcript through a door of the real application: what is typed goes in, screens come out."""

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from services.answering import answer
from services.promises import Promises
from services.resuming import resume_intents
from services.sending import ANSWER
from services.timers import fire_timers
from sms.tables import MESSAGES
from tests.phone import PHONES, Screen, request
from tests.whole import Whole
from ussd_menus.transcripts import Exchange, Transcript

FOLDER = Path(__file__).parent
LANGUAGES = ("az", "en", "fr")  # in the order in which the first call offers them
CODE = "*123#"

_CLOCK = re.compile(r"\+(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def transcripts() -> list[Path]:
    """Every transcript there is."""
    return sorted(FOLDER.glob("*/*.txt"))


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


class TypedAfterTheEnd(Exception):
    """The conversation was over before the transcript was."""


@dataclass
class Walker:
    """One caller, and what happens around her."""

    whole: Whole
    door: str
    language: str
    msisdn: str
    network: str

    def __post_init__(self) -> None:
        self._phone = PHONES[self.door](self.whole.app, self.msisdn, self.network)

    async def type(self, typed: str) -> Screen:
        """A code dials anew, whatever came before; anything else answers the screen."""
        if typed.startswith("*") and typed.endswith("#"):
            return await self._phone.dial(typed)
        return await self._phone.answer(typed)

    async def prepare(self, headers: dict[str, str]) -> None:
        """What was before the transcript begins, through the real menus: her language, her account."""
        if headers.get("caller") == "new":
            return
        await self._type_all(CODE, str(LANGUAGES.index(self.language) + 1))
        if pin := headers.get("account"):
            done = await self._type_all(CODE, "6", "3", "1", pin, pin)
            assert done.name in ("account_created", ""), f"the account was not created: {done.text}"
            await self.type("00")  # nothing to go on with

    async def happen(self, event: str) -> None:
        """A line that begins with `@`: `clock +1d`, `meanwhile +994… *123# 1 2`, `sandbox /path {json}`, `sms …`."""
        what, _, rest = event.partition(" ")
        if what == "clock" and (by := _CLOCK.fullmatch(rest)):
            turned = timedelta(**{_UNITS[by[2]]: int(by[1])})
            self.whole.clock.advance(turned)
            await self._sandbox("/clock", {"advance_seconds": turned.total_seconds()})
        elif what == "meanwhile":
            msisdn, *typed = rest.split()
            other = Walker(self.whole, self.door, self.language, msisdn, self.network)
            if msisdn != self.msisdn:
                await other.prepare({})
            await other._type_all(*typed)
        elif what == "sms":
            await _sms(self.whole, rest)
        elif what == "sandbox":
            path, _, body = rest.partition(" ")
            await self._sandbox(path, json.loads(body))
        else:
            raise ValueError(f"nobody knows what happens at: @ {event}")

    async def _type_all(self, *typed: str) -> Screen:
        for each in typed:
            screen = await self.type(each)
        return screen

    async def _sandbox(self, path: str, body: object) -> None:
        kind = {"content-type": "application/json"}
        answer = await request(
            self.whole.sandbox, "POST", f"/sandbox{path}", body=json.dumps(body).encode(), headers=kind
        )
        assert answer.status < 300, answer.text


async def _sms(whole: Whole, what: str) -> None:
    """`on`, `off`: whether this gateway has a provider. `goes out`: what waits is handed over to one."""
    if what in ("on", "off"):
        notices = whole.parts.desk.notices
        assert isinstance(notices, Promises)
        notices.channel_open = lambda: what == "on"
    elif what == "goes out":
        await resume_intents(whole.parts.desk)
        await fire_timers(whole.parts.desk, {ANSWER: answer})
        async with whole.parts.database.unit_of_work() as work:
            waiting = MESSAGES.c.state == "queued"
            await work.execute(update(MESSAGES).where(waiting).values(state="sending"))
            handed_over = {"state": "sent", "handed_over_at": whole.clock.now()}
            await work.execute(update(MESSAGES).where(MESSAGES.c.state == "sending").values(handed_over))
    else:
        raise ValueError(f"nobody knows what happens at: @ sms {what}")


async def walk(whole: Whole, door: str, language: str, transcript: Transcript) -> Transcript:
    """The same conversation with the screens that this door gives."""
    headers = transcript.headers
    walker = Walker(whole, door, headers.get("language", language), headers["msisdn"], headers.get("network", "40001"))
    await _sms(whole, headers.get("sms", "off"))
    await walker.prepare(headers)
    came: list[Exchange] = []
    for exchange in transcript.exchanges:
        for event in exchange.events:
            await walker.happen(event)
        if came and not came[-1].goes_on and not exchange.typed.startswith("*"):
            raise TypedAfterTheEnd(f"{exchange.typed!r} is typed after the end:\n{came[-1].screen}")
        screen = await walker.type(exchange.typed)
        came.append(replace(exchange, goes_on=screen.goes_on, screen=screen.text, name=screen.name))
    return replace(transcript, exchanges=tuple(came))
