"""What the country's gateway offers: its languages, the code to dial; and where an application stands, for anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from babel import Locale
from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Op, Output
from mobile_api.problems import Problem
from services.outcomes import NotFound, ReferenceMalformed, StateOnly, TooManyTries
from services.public_status import state_of

TAG = "country"


@dataclass(frozen=True, slots=True)
class Country:
    """What of the pack everybody may know. `code`: ISO 3166-1; `zone`: IANA."""

    code: str
    languages: Sequence[str]
    default_language: str
    service_code: str
    currency: str
    zone: str
    visits: bool = True


class LanguageShown(Output, frozen=True):
    """A language by its own name, and the way it is written: `ltr` or `rtl`."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"]


class CountryShown(Output, frozen=True):
    """What an app needs to know before anybody signs in. `service_code`: what basic phones dial. `visits`: whether
    anything is visited by appointment."""

    code: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    languages: tuple[LanguageShown, ...]
    default_language: str
    service_code: str
    currency: str
    zone: str
    visits: bool


class Status(Output, frozen=True):
    """Where an application stands: `state` is one of the canonical states, `word` says it in the answer's language."""

    reference: str
    state: str
    word: str


def country_ops(country: Country) -> tuple[Op, ...]:
    """Its operations. The list of languages is made once."""
    shown = CountryShown(
        country.code,
        tuple(_language(code) for code in country.languages),
        country.default_language,
        country.service_code,
        country.currency,
        country.zone,
        country.visits,
    )

    async def show(asked: Asked) -> Answer:
        return Answer(shown)

    return (
        Op(
            id="show_country",
            method="GET",
            path="/country",
            summary="Languages, the code to dial, currency and zone",
            tag=TAG,
            act=show,
            answers={200: CountryShown},
            cache=Cache.PUBLIC,
            examples={200: shown},
        ),
        Op(
            id="show_status",
            method="GET",
            path="/status/{reference}",
            where={"reference": "[A-Za-z0-9 -]{4,40}"},
            summary="Where an application stands, by the number on the slip alone",
            description="One word, as on any channel; details need a sign-in. Tries are counted by address and day.",
            tag=TAG,
            act=show_status,
            answers={200: Status},
            problems=("not_found", "reference_malformed", "too_many_tries"),
            examples={200: Status("41000018", "in_review", "being reviewed")},
        ),
    )


async def show_status(asked: Asked) -> Answer:
    """The state word."""
    reference = asked.path["reference"]
    match await state_of(asked.desk, reference, asked.address):
        case StateOnly(state=state):
            return Answer(Status(reference, state.id.removeprefix("state."), asked.say(state)))
        case ReferenceMalformed():
            raise Problem("reference_malformed")
        case TooManyTries():
            raise Problem("too_many_tries")
        case NotFound():
            raise Problem("not_found")


def _language(code: str) -> LanguageShown:
    locale = Locale.parse(code)
    name = locale.get_display_name(code) or code
    return LanguageShown(code, name[:1].upper() + name[1:], "rtl" if locale.text_direction == "rtl" else "ltr")
