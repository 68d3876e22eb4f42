"""Through which doors a transcript is played, and what the doors that it is not played through would have sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from gateway.aggregators import USSD
from tests.phone import PHONES, Screen
from ussd_menus.turn import UssdReply, UssdTurn

WRITES = "africastalking"  # the door that tells a screen's name
DOORS = tuple(PHONES)


def played(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Each transcript with one door: another for each language of a conversation, so that every conversation and every
    language goes through both."""
    languages: dict[Path, list[str]] = {}
    for path in paths:
        here = languages.setdefault(path.parent.parent, [])
        if path.parent.name not in here:
            here.append(path.parent.name)
    return [
        (path, DOORS[(crc32(path.stem.encode()) + languages[path.parent.parent].index(path.parent.name)) % len(DOORS)])
        for path in paths
    ]


def in_one_language(chosen: Sequence[tuple[Path, str]]) -> list[tuple[Path, str]]:
    """Of these, each conversation once: in another language than the conversation next to it."""
    conversations: dict[tuple[Path, str], list[tuple[Path, str]]] = {}
    for path, door in chosen:
        conversations.setdefault((path.parent.parent, path.stem), []).append((path, door))
    return [them[turn % len(them)] for turn, them in enumerate(conversations.values())]


class Listening:
    """Stands in for a gateway's conversation, and keeps what its door was given to send."""

    def __init__(self, conversation: Any) -> None:
        self._conversation, self.last = conversation, UssdReply("", False, "")

    async def hop(self, turn: UssdTurn) -> UssdReply:
        self.last = await self._conversation.hop(turn)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conversation, name)


def sent_otherwise(reply: UssdReply) -> list[Screen]:
    """The screen as each door's wire has it, read back as its telephone reads it."""
    screens = []
    for name, dialect in USSD.items():
        wire = dialect.write_reply(reply)
        text, headers = wire.body.decode(), {key.lower(): value for key, value in wire.headers}
        if name == "flares":
            screens.append(Screen(text, headers[b"freeflow"] == b"FC"))
        else:
            assert text[:4] in ("CON ", "END "), (name, text)
            screens.append(Screen(text[4:], text.startswith("CON ")))
    return screens
