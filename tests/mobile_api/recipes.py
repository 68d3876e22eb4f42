"""For each operation a request that succeeds, by somebody who has one of each thing: in the order of this table."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from mail.tables import MAILS
from storage.keys import KeyRing
from storage.sealing import Sealer
from tests.mobile_api.agent_office import AYGUN
from tests.mobile_api.agent_office import DEVICE as TABLET
from tests.mobile_api.agent_office import PIN as AGENTS_PIN
from tests.mobile_api.citizen import DEVICE, PIN
from tests.mobile_api.one_of_each import (
    ANSWERS,
    ITS_KEY,
    SENT_BACK,
    UNLINKED,
    VISIT,
    OneOfEach,
)
from tests.whole import KEYS

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ADDRESS = "leyla@example.org"


@dataclass(frozen=True)
class Recipe:
    """What to send, and which 2xx comes. `token`: whose; "" for nobody's. `path`: its parts by name. `body`: of JSON,
    or octets of the media type `media`."""

    status: int
    token: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"


Made = Callable[[OneOfEach], Awaitable[Recipe]]


def her(status: int = 200, body: Any = None, *, query: Mapping[str, str] | None = None, **path: str) -> Made:
    """Hers. `path`: parts by name, each the name of one of her `ids`."""

    async def made(each: OneOfEach) -> Recipe:
        parts = {name: each.ids[id] for name, id in path.items()}
        return Recipe(status, each.her.token, parts, query or {}, body)

    return made


def anybody(status: int = 200, body: Any = None, *, query: Mapping[str, str] | None = None, **path: str) -> Made:
    """Nobody need sign in. `path`: parts by name, as they are."""

    async def made(each: OneOfEach) -> Recipe:
        return Recipe(status, "", path, query or {}, body)

    return made


def agents(status: int = 200, body: Any = None, **path: str) -> Made:
    """An agent's."""

    async def made(each: OneOfEach) -> Recipe:
        return Recipe(status, each.agent, {name: each.ids[id] for name, id in path.items()}, {}, body)

    return made


def somebodys(status: int = 200, body: Any = None) -> Made:
    """Somebody's who signed in a moment ago."""

    async def made(each: OneOfEach) -> Recipe:
        return Recipe(status, await each.somebody(), body=body)

    return made


async def sign_in(each: OneOfEach) -> Recipe:
    number = each.stranger()
    begun = await each.done(each.her, "POST", "/auth/otp", {"number": number, "device": DEVICE})
    code = await each.her.code(number)
    return Recipe(200, body={"request_id": begun.json["request_id"], "code": code, "device": DEVICE})


async def refresh(each: OneOfEach) -> Recipe:
    typed = await sign_in(each)
    tokens = await each.done(each.her, "POST", "/auth/otp/verify", typed.body)
    return Recipe(200, body={"refresh_token": tokens.json["refresh_token"]})


async def add_number(each: OneOfEach) -> Recipe:
    number = each.stranger()
    begun = await each.done(each.her, "POST", "/me/numbers", {"number": number})
    code = await each.her.code(number)
    return Recipe(201, each.her.token, body={"request_id": begun.json["request_id"], "code": code})


async def add_email(each: OneOfEach) -> Recipe:
    begun = await each.done(each.her, "POST", "/me/email", {"address": ADDRESS})
    async with each.whole.parts.database.unit_of_work() as work:
        row = (await work.execute(select(MAILS).order_by(MAILS.c.id.desc()))).first()
    assert row is not None
    said = json.loads(Sealer(KeyRing.parse(KEYS)).unseal_text(row.sealed, MAILS.name, "sealed", row.id))
    body = {"request_id": begun.json["request_id"], "code": said["values"]["one_time"]}
    return Recipe(204, each.her.token, body=body)


async def ask(each: OneOfEach) -> Recipe:
    each.whole.clock.advance(timedelta(minutes=3))
    return Recipe(202, each.agent, body={"number": each.stranger(), "purpose": "apply"})


async def _asked(each: OneOfEach) -> tuple[str, str]:
    """Somebody whom an agent asked a moment ago: her token, and the session's id."""
    number = each.stranger()
    id = await each.office.asked(each.colleague, number)
    return await each.office.person(number), id


async def say_yes(each: OneOfEach) -> Recipe:
    token, id = await _asked(each)
    return Recipe(204, token, {"id": id}, body={"agrees": True})


async def stop_help(each: OneOfEach) -> Recipe:
    token, id = await _asked(each)
    return Recipe(204, token, {"id": id})


async def claim(each: OneOfEach) -> Recipe:
    """Somebody whom an agent helped before a witness, with the code on her slip."""
    office = each.office
    each.whole.clock.advance(timedelta(minutes=3))
    wanted = {"witness": "Rashid Aliyev, teacher", "purpose": "visit"}
    id = (await office.ask("POST", "/agent/citizens", token=each.colleague, body=wanted)).json["id"]
    slip = (await office.ask("POST", f"/agent/citizens/{id}/slip", token=each.colleague)).json
    return Recipe(204, await each.somebody(), body={"code": slip["claim"]})


async def agents_day(each: OneOfEach) -> Recipe:
    token = await each.office.person(AYGUN)
    return Recipe(200, token, body={"pin": AGENTS_PIN, "device": TABLET})


async def her_yes(each: OneOfEach) -> Recipe:
    number = "+994501234575"
    id = await each.office.asked(each.agent, number)
    return Recipe(200, each.agent, {"id": id}, body={"code": await each.office.code(number)})


async def apply(each: OneOfEach) -> Recipe:
    return Recipe(201, await each.somebody(), body={"service": "social_aid", "answers": ANSWERS, "consent": True})


async def document(each: OneOfEach) -> Recipe:
    return Recipe(201, each.her.token, {"reference": SENT_BACK}, body=PNG, media="image/png")


async def times(each: OneOfEach) -> Recipe:
    query = "&".join(f"{name}={value}" for name, value in VISIT.items())
    day = (await each.done(each.her, "GET", "/appointments/days", query=query)).json["items"][-1]
    return Recipe(200, query={**VISIT, "day": day})


async def book(each: OneOfEach) -> Recipe:
    return Recipe(201, each.her.token, body={"service": VISIT["service"], "slot": (await each.slots())[1]})


async def move(each: OneOfEach) -> Recipe:
    id = each.ids["visit"]
    tag = (await each.done(each.her, "GET", f"/appointments/{id}")).headers["etag"]
    body = {"slot": (await each.slots())[2]}
    return Recipe(200, each.her.token, {"id": id}, body=body, headers={"If-Match": tag})


async def collect_elsewhere(each: OneOfEach) -> Recipe:
    ready = each.ids["ready"]
    choices = (await each.done(each.her, "GET", f"/pickups/{ready}/choices")).json["items"]
    return Recipe(200, each.her.token, {"reference": ready}, body={"place": choices[-1]["id"]})


async def beside(each: OneOfEach) -> Recipe:
    return Recipe(200, each.beside)


async def call_back(each: OneOfEach) -> Recipe:
    """Not at once: half an hour after it was prepared."""
    each.whole.clock.advance(timedelta(minutes=31))
    return Recipe(200, each.agent, {"id": each.ids["held"]}, body={"agreed": True})


async def drafts(each: OneOfEach) -> Recipe:
    made_at = each.whole.clock.now().isoformat()
    one = {"client_id": "draft-00000001", "service": "social_aid", "answers": {"fullName": "Leyla"}}
    body = {"drafts": [{**one, "made_at": made_at, "number": "+994501234578"}]}
    return Recipe(200, each.colleague, body=body)


# By operationId. What ends something stands last.
RECIPES: Mapping[str, Made] = {
    # for anybody
    "show_country": anybody(),
    "show_status": anybody(reference=SENT_BACK),
    "list_bookable_services": anybody(),
    "list_booking_places": anybody(query={"service": VISIT["service"]}),
    "list_open_days": anybody(query=VISIT),
    "list_open_times": times,
    "list_services": anybody(),
    "describe_service": anybody(code="social_aid"),
    "list_places": anybody(query={"near": "40.4,49.86", "limit": "2"}),
    "show_place": anybody(id="asan-01"),
    "list_areas": anybody(query={"kind": "centre"}),
    "list_units": anybody(),
    "show_unit": anybody(id="bus-01"),
    "show_indicators": anybody(),
    # what is hers, shown
    "me": her(),
    "consent": her(purpose="purpose"),
    "my_numbers": her(),
    "list_helpers": her(),
    "list_devices": her(),
    "list_messages": her(),
    "open_message": her(id="message"),
    "everything_held": her(),
    "list_changes": her(),
    "list_applications": beside,
    "show_application": her(reference="reference"),
    "application_link_fact": her(query={"reference": UNLINKED}),
    "show_form": her(service="service"),
    "show_submission": her(id="submission"),
    "show_draft": her(service="service"),
    "show_returned_form": her(reference="reference"),
    "list_documents": her(reference="reference"),
    "list_appointments": her(),
    "show_appointment": her(id="visit"),
    "appointment_calendar": her(id="visit"),
    "list_payments": her(reference="ready"),
    "list_pickups": her(),
    "show_pickup": her(reference="ready"),
    "list_pickup_choices": her(reference="ready"),
    "list_stops": her(),
    "list_surveys": her(),
    "list_complaints": her(),
    "list_kinds": her(query={"code": "none"}),
    "show_complaint": her(number="complaint"),
    # what she does
    "link_application": her(body={"reference": UNLINKED, "fact": ITS_KEY}),
    "apply_for": apply,
    "keep_draft": her(body={"answers": ANSWERS}, service="service"),
    "add_document": document,
    "amend_application": her(body={"answers": {"monthlyIncome": 90}}, reference="reference"),
    "book_appointment": book,
    "move_appointment": move,
    "choose_pickup_place": collect_elsewhere,
    "await_stop": her(201, {"place": "bus-02-agsu"}),
    "complain": her(201, {"about": "service", "subject": "id_card", "text": "Nobody was there."}),
    "change_me": her(204, {"language": "az"}),
    "verify_number": add_number,
    "add_number": her(202, {"number": "+994557654398"}),
    "prefer_number": her(204, id="number"),
    "verify_email": add_email,
    "add_email": her(202, {"address": ADDRESS}),
    # signing in
    "start_sign_in": anybody(202, {"number": "+994505550001", "device": DEVICE}),
    "verify_sign_in": sign_in,
    "refresh_tokens": refresh,
    # agents
    "agent_sign_in": agents_day,
    "agent_desk": agents(),
    "list_held": agents(),
    "show_held": agents(id="held"),
    "agent_counts": agents(),
    "bundle_key": agents(),
    "take_bundle": agents(),
    "show_citizen": agents(id="assisted"),
    "citizen_token": agents(id="assisted"),
    "citizen_menu": agents(body={"turn": 1}, id="assisted"),
    "print_slip": agents(id="assisted"),
    "citizen_consents": her_yes,
    "ask_citizen": ask,
    "bring_drafts": drafts,
    # what ends something
    "claim_slip": claim,
    "answer_helper": say_yes,
    "stop_helper": stop_help,
    "answer_survey": her(204, {"answers": [4, 5]}, id="survey"),
    "stop_surveys": her(204),
    "forget_stop": her(204, id="stop"),
    "drop_draft": her(204, service="service"),
    "cancel_appointment": her(204, id="visit"),
    "withdraw_consent": her(204, purpose="purpose"),
    "remove_number": her(204, id="number"),
    "remove_email": her(204),
    "sign_out_device": her(204, id="session"),
    "end_citizen": agents(204, id="assisted"),
    "call_back": call_back,
    "agent_sign_out": agents(204),
    "sign_out": somebodys(204),
    "prove_pin": her(204, {"pin": PIN}),
    "sign_out_everywhere": somebodys(204),
    "erase_everything": her(204, {"confirm": "erase"}),
}
