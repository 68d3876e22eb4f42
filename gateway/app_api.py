"""The app's API, put together: its operations, the pipeline that serves them, and its chores."""

from collections.abc import Callable, Sequence
from functools import partial

from starlette.routing import BaseRoute
from starlette.types import Scope

from domain.deadline import Deadline
from gateway.messaging import Ground
from gateway.pack import Pack
from gateway.personal_data import sections
from gateway.sign_in_metrics import SignInMetrics
from gateway.worker import Chore
from mobile_api.api import api_routes
from mobile_api.languages import LanguageChoice
from mobile_api.operations import Op
from mobile_api.quotas import RequestQuota
from mobile_api.records.idempotency import SqlIdempotency
from mobile_api.resources import (
    agent_offline,
    agents,
    applications,
    appointments,
    documents,
    feedback,
    forms_ops,
    indicators,
    kinds,
    messages,
    open_times,
    payments,
    pickups,
    places,
    services,
    stops,
    who_helps,
)
from mobile_api.resources.agent_citizens import CitizenMenus
from mobile_api.resources.agent_citizens_ops import citizen_ops
from mobile_api.resources.applications_values import ApplicationListed
from mobile_api.resources.appointments_values import Appointment
from mobile_api.resources.auth import auth_ops
from mobile_api.resources.changes import Part, changes_ops
from mobile_api.resources.country import Country, country_ops
from mobile_api.resources.data import data_ops
from mobile_api.resources.feedback_values import ComplaintShown, SurveyShown
from mobile_api.resources.me import me_ops
from mobile_api.resources.me_email import email_ops
from mobile_api.resources.messages import MessageListed
from mobile_api.resources.pickups import PickupShown
from mobile_api.serving import Bounds, DeskFor, Pipeline
from mobile_api.signed_in import TokenSignIns
from services.assisted_sessions import end_overdue
from services.desk import Desk
from services.documents import hand_over_waiting
from services.known_ports import ChangeKind
from services.own_email import OwnEmail
from services.records.store import RecordStore
from services.sign_in import SignIn
from services.sign_in_codes import SignInCodes
from services.sign_in_limits import SignInLimits, SpendCap
from storage.keys import KeyRing, KeyUse
from storage.unit_of_work import UnitOfWork

SECONDS, AT_ONCE = 15.0, 500
# Of what the country's codes may cost: an hour's worth and a day's, in messages at the dearest price.
CODES_AN_HOUR, CODES_A_DAY = 300, 2000

# What `GET /changes` carries: a line for each kind of thing that a person has.
CHANGES = (
    Part(ChangeKind.APPLICATION, "applications", ApplicationListed, applications.changed),
    Part(ChangeKind.APPOINTMENT, "appointments", Appointment, appointments.changed),
    Part(ChangeKind.PICKUP, "pickups", PickupShown, pickups.changed),
    Part(ChangeKind.MESSAGE, "messages", MessageListed, recent=messages.recent),
    Part(ChangeKind.FEEDBACK, "surveys", SurveyShown, feedback.changed_surveys),
    Part(ChangeKind.FEEDBACK, "complaints", ComplaintShown, feedback.changed_complaints),
)


class AppApi:
    """Made at start-up, beside messaging. `routes` wants to know whom a request comes from."""

    def __init__(self, ground: Ground, desk: Desk, ring: KeyRing, desk_for: DeskFor, menus: CitizenMenus) -> None:
        self._ground, self._desk_for = ground, desk_for
        self._languages = LanguageChoice(tuple(ground.pack.languages), ground.pack.default_language)
        self._idempotency = SqlIdempotency(ground.sealer, ground.keys, ground.clock, ground.ids)
        codes = _codes(ring)
        self.operations = _operations(ground, _sign_in(ground, desk, codes), OwnEmail(codes), menus)
        self.chores = (
            Chore("writes that need not be known again", self._sweep, 3600.0),
            Chore("help whose time is over", partial(end_overdue, desk), 30.0),
            Chore("documents that ministries had no time for", partial(hand_over_waiting, desk), 60.0),
        )

    @property
    def store(self) -> RecordStore:
        """Where everything is remembered."""
        return self._ground.store

    def routes(self, address_of: Callable[[Scope], str]) -> list[BaseRoute]:
        g = self._ground
        pipeline = Pipeline(
            g.database,
            self._desk_for,
            g.clock,
            g.ids,
            g.translator,
            self._languages,
            TokenSignIns(g.store.sessions, self._desk),
            self._idempotency,
            RequestQuota(g.clock),
            address_of,
            Bounds(SECONDS, AT_ONCE),
        )
        return api_routes(self.operations, pipeline, self._languages.languages)

    def _desk(self, work: UnitOfWork) -> Desk:
        return self._desk_for(work, Deadline.after(SECONDS, self._ground.clock))

    async def _sweep(self) -> None:
        async with self._ground.database.unit_of_work() as work:
            await self._idempotency.sweep(work)


def _operations(ground: Ground, sign_in: SignIn, own_email: OwnEmail, menus: CitizenMenus) -> Sequence[Op]:
    """Every operation there is. A new resource is a line here."""
    return (
        *auth_ops(sign_in, ground.store.sign_ins),
        *me_ops(sign_in, ground.store.sign_ins),
        *email_ops(own_email),
        *who_helps.OPS,
        *agents.OPS,
        *citizen_ops(menus),
        *agent_offline.OPS,
        *messages.OPS,
        *data_ops(sections()),
        *country_ops(_country(ground.pack)),
        *applications.OPS,
        *forms_ops.OPS,
        *documents.OPS,
        *changes_ops(CHANGES),
        *open_times.OPS,
        *appointments.OPS,
        *payments.OPS,
        *pickups.OPS,
        *services.OPS,
        *places.OPS,
        *stops.OPS,
        *feedback.OPS,
        *kinds.OPS,
        *indicators.OPS,
    )


def _country(pack: Pack) -> Country:
    zone = str(pack.services.zone)
    return Country(
        pack.country,
        tuple(pack.languages),
        pack.default_language,
        pack.service_code,
        pack.currency,
        zone,
        visits=not pack.services.unbooked,
    )


def code_limits(pack: Pack) -> SignInLimits:
    """How many codes are sent at most, whoever has them sent."""
    dearest = max(pack.sms.prices.values(), default=1)
    return SignInLimits(spend=SpendCap(dearest, dearest * CODES_AN_HOUR, dearest * CODES_A_DAY))


def _codes(ring: KeyRing) -> SignInCodes:
    return SignInCodes({id: ring.derive(KeyUse.SIGN_IN, id) for id in ring.ids})


def _sign_in(ground: Ground, desk: Desk, codes: SignInCodes) -> SignIn:
    return SignIn(
        ground.store.open_sign_ins,
        codes,
        ground.pack.country,
        ground.clock,
        ground.ids,
        desk.background,
        limits=code_limits(ground.pack),
        observer=SignInMetrics(ground.metrics.registry),
    )
