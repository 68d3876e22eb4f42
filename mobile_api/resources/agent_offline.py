"""An agent away from networks: what the device takes along, its key, and the drafts that it brings back."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from i18n.slots import fit
from mobile_api.operations import Answer, Asked, Input, Op, Output, Security
from mobile_api.problems import Problem
from mobile_api.resources.agents import working
from mobile_api.resources.forms_values import Answers
from services import assisted_offline
from services.agent_values import Agent
from services.assisted_consents import Wish
from services.assisted_offline import OfflineDraft, Result, Synced
from services.form_answers import given
from storage import bundles

TAG = "agents"
_MOST = 50
_LONGEST_NAME = 60


class BundleKeyShown(Output, frozen=True):
    """The agent's own key on this device (AES-256, base64url), to be kept apart from the bundle, and ours to check its
    signature with (Ed25519). `older`: hers from before our keys changed, to open what was sealed then."""

    key_id: str
    key: str
    public_key: str
    older: tuple[str, ...] = ()


class Bundle(Output, frozen=True):
    """Forms, services and places. `sealed`: base64url of a 12-octet nonce and AES-GCM, bound to `bound`; `signature`:
    Ed25519 over `bound`, a zero octet and the sealed octets. After `expires_at` it is not to be used any more."""

    key_id: str
    bound: str
    sealed: str
    signature: str
    made_at: datetime
    expires_at: datetime


class DraftBrought(Input, frozen=True):
    """A draft made away from networks. `client_id`: made by the device; the same again is the same draft."""

    client_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    service: Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,64}$")]
    answers: Answers
    made_at: Annotated[datetime, Meta(tz=True)]
    purpose: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")] = "apply"
    number: Annotated[str, Meta(max_length=32)] = ""
    witness: Annotated[str, Meta(max_length=60)] = ""
    confirmed: bool = False


class DraftsBrought(Input, frozen=True):
    """At most fifty at a time."""

    drafts: Annotated[tuple[DraftBrought, ...], Meta(min_length=1, max_length=_MOST)]


class DraftSynced(Output, frozen=True):
    """`result`: accepted, conflict (hers is newer: ask her, then send it `confirmed`), needs_consent (she was sent a
    code: after her yes send it again), or refused with `why` (ministry_away: send it again
    later). `assisted`: the session with her."""

    client_id: str
    result: str
    assisted: str = ""
    why: str = ""


class DraftsSynced(Output, frozen=True):
    """Each for itself, in the order in which they came."""

    items: tuple[DraftSynced, ...]


def _device(asked: Asked) -> bytes:
    if asked.session is None or not asked.session.device:
        raise Problem("not_an_agent")
    return asked.session.device


def _holder(asked: Asked, agent: Agent) -> bytes:
    """Her, on this device: who shares the device with her opens nothing of hers."""
    return agent.id.bytes + _device(asked)


def _secret(asked: Asked) -> tuple[str, bytes]:
    return next(iter(asked.desk.assistance.bundle_keys.items()))


async def show_key(asked: Asked) -> Answer:
    """For the device in the hand of this agent."""
    holder = _holder(asked, await working(asked))
    key, *older = (bundles.key_for(id, secret, holder) for id, secret in asked.desk.assistance.bundle_keys.items())
    return Answer(BundleKeyShown(key.key_id, key.key, key.public, tuple(each.key for each in older)))


async def take(asked: Asked) -> Answer:
    """What is the same for everybody, to be taken along."""
    agent = await working(asked)
    made = asked.desk.clock.now()
    until = made + asked.desk.assistance.rules.bundle
    content = await assisted_offline.contents(asked.desk, asked.anybody)
    octets = msgspec.json.encode({**content, "language": asked.language, "expires_at": until})
    bound = f"{agent.badge} {until.isoformat()}"
    sealed = bundles.seal(*_secret(asked), _holder(asked, agent), octets, bound)
    return Answer(Bundle(sealed.key_id, sealed.bound, sealed.sealed, sealed.signature, made, until))


async def bring(asked: Asked) -> Answer:
    """Drafts from the device. One that cannot be kept hinders no other."""
    wanted: DraftsBrought = asked.body
    agent, items, away = await working(asked), [], set[str]()
    for draft in wanted.drafts:
        came = await _one(asked, agent, draft)
        if came is None:
            came = await assisted_offline.sync(
                asked.desk, agent, _draft(asked, draft), asked.language, asked.address, _device(asked), away
            )
        items.append(DraftSynced(came.client_id, came.result, came.assisted.hex if came.assisted else "", came.why))
    return Answer(DraftsSynced(tuple(items)))


async def _one(asked: Asked, agent: Agent, draft: DraftBrought) -> Synced | None:
    """What is wrong with it before anybody is asked. In practice nobody is."""
    if agent.practice:
        return Synced(draft.client_id, Result.REFUSED, None, "practice")
    oldest = asked.desk.clock.now() - asked.desk.assistance.rules.bundle
    if draft.made_at < oldest:
        return Synced(draft.client_id, Result.REFUSED, None, "too_old")
    try:
        _draft(asked, draft)
    except InvalidValue:
        return Synced(draft.client_id, Result.REFUSED, None, "number")
    return None


def _draft(asked: Asked, draft: DraftBrought) -> OfflineDraft:
    number = Msisdn.parse(draft.number, asked.desk.assistance.region) if draft.number else None
    witness = fit(draft.witness, _LONGEST_NAME) if number is None else ""
    wish = Wish(draft.purpose, number, witness=witness)
    # A device's clock that runs ahead makes no draft newer than now.
    made_at = min(draft.made_at, asked.desk.clock.now())
    return OfflineDraft(draft.client_id, draft.service, given(draft.answers), made_at, wish, draft.confirmed)


_WHEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_DRAFT = DraftBrought("draft-00000001", "social_aid", {"rents": True}, _WHEN, number="+994501234567")

OPS: tuple[Op, ...] = (
    Op(
        id="bundle_key",
        method="GET",
        path="/agent/bundle/key",
        summary="The key of this agent on this device",
        tag=TAG,
        act=show_key,
        answers={200: BundleKeyShown},
        problems=("not_an_agent",),
        security=Security.AGENT,
        examples={200: BundleKeyShown("k1", "A" * 43, "B" * 43)},
    ),
    Op(
        id="take_bundle",
        method="GET",
        path="/agent/bundle",
        summary="Forms, services and places to take along",
        tag=TAG,
        act=take,
        answers={200: Bundle},
        problems=("not_an_agent",),
        security=Security.AGENT,
        examples={200: Bundle("k1", "V-014 2026-11-30", "AAAA", "BBBB", _WHEN, _WHEN)},
    ),
    Op(
        id="bring_drafts",
        method="POST",
        path="/agent/sync",
        summary="Drafts made away from networks",
        description="Each with a consent of its own: at the first sync she is asked, after her yes the same draft is "
        "sent again and kept. Where hers is newer, hers stays until she confirms.",
        tag=TAG,
        act=bring,
        body=DraftsBrought,
        answers={200: DraftsSynced},
        problems=("not_an_agent", "ministry_unavailable"),
        security=Security.AGENT,
        write=True,
        replay_seconds=300,
        examples={"body": DraftsBrought((_DRAFT,)), 200: DraftsSynced((DraftSynced("draft-00000001", "accepted"),))},
    ),
)
