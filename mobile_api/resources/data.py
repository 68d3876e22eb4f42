"""Everything held about her: to read, and to erase."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from i18n.text import Text
from mobile_api.operations import Answer, Asked, Input, Op, Output, Security
from mobile_api.problems import Problem
from services import rights
from services.outcomes import PinNeeded

TAG = "data"
SECTIONS = ("you", "numbers", "account", "consents", "applications", "messages", "devices", "other")


class DataTable(Output, frozen=True):
    """Rows of one kind, by their fields."""

    name: str
    rows: tuple[dict[str, Any], ...]


class DataSection(Output, frozen=True):
    """What belongs together. `title`: in the language of the answer."""

    name: Literal["you", "numbers", "account", "consents", "applications", "messages", "devices", "other"]
    title: str
    tables: tuple[DataTable, ...]


class DataHeld(Output, frozen=True):
    """Everything that is held about her, opened. Hashes and keys are left out: they tell nothing."""

    sections: tuple[DataSection, ...]


class ErasureWanted(Input, frozen=True):
    """`confirm`: the word `erase`, so that nothing is erased by a slip."""

    confirm: Annotated[Literal["erase"], Meta(description="The word `erase`.")]


class Data:
    """The operations' work. `sections`: under which heading each table belongs."""

    def __init__(self, sections: Mapping[str, str]) -> None:
        if unknown := set(sections.values()) - set(SECTIONS):
            raise ValueError(f"headings without a title: {sorted(unknown)}")
        self._sections = sections

    async def everything(self, asked: Asked) -> Answer:
        held = await rights.everything(asked.desk, asked.caller)
        if isinstance(held, PinNeeded):
            raise Problem("pin_needed")
        shown = []
        for section in SECTIONS:
            tables = tuple(
                DataTable(name, tuple({field: _plain(value) for field, value in row.items()} for row in rows))
                for name, rows in held.rows.items()
                if self._sections.get(name) == section
            )
            if tables:
                shown.append(DataSection(section, asked.say(Text(f"data.{section}")), tables))  # type: ignore[arg-type]
        return Answer(DataHeld(tuple(shown)))

    async def erase(self, asked: Asked) -> Answer:
        if isinstance(await rights.erase(asked.desk, asked.caller), PinNeeded):
            raise Problem("pin_needed")
        return Answer(status=204)


def data_ops(sections: Mapping[str, str]) -> tuple[Op, ...]:
    """The operations, declared."""
    data = Data(sections)
    example = DataHeld((DataSection("you", "You", (DataTable("people", ({"language": "az"},)),)),))
    return (
        Op(
            id="everything_held",
            method="GET",
            path="/data",
            summary="Everything held about me",
            tag=TAG,
            act=data.everything,
            answers={200: DataHeld},
            problems=("pin_needed",),
            security=Security.PERSON,
            examples={200: example},
        ),
        Op(
            id="erase_everything",
            method="POST",
            path="/data/erase",
            summary="Erase everything held about me, at once and for good",
            tag=TAG,
            act=data.erase,
            body=ErasureWanted,
            answers={204: None},
            problems=("pin_needed",),
            security=Security.PERSON,
            write=True,
            examples={"body": ErasureWanted("erase")},
        ),
    )


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, (date, datetime)) else value
