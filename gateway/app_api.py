"""The app's API, put together: its operations, the pipeline that serves them, and its chores."""

from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute
from starlette.types import Scope

from gateway.messaging import Ground
from gateway.sign_in_metrics import SignInMetrics
from gateway.worker import Chore
from mobile_api.api import api_routes
from mobile_api.languages import LanguageChoice
from mobile_api.operations import Op
from mobile_api.quotas import RequestQuota
from mobile_api.records.idempotency import SqlIdempotency
from mobile_api.resources import places, services
from mobile_api.resources.auth import auth_ops
from mobile_api.serving import Bounds, DeskFor, Pipeline
from mobile_api.signed_in import TokenSignIns
from services.desk import Desk
from services.sign_in import SignIn
from services.sign_in_codes import SignInCodes
from services.sign_in_limits import SignInLimits, SpendCap
from storage.keys import KeyRing, KeyUse

SECONDS, AT_ONCE = 15.0, 500
# Of what the country's codes may cost: an hour's worth and a day's, in messages at the dearest price.
CODES_AN_HOUR, CODES_A_DAY = 300, 2000


class AppApi:
    """Made at start-up, beside messaging. `routes` wants to know whom a request comes from."""

    def __init__(self, ground: Ground, desk: Desk, ring: KeyRing, desk_for: DeskFor) -> None:
        self._ground, self._desk_for = ground, desk_for
        self._languages = LanguageChoice(tuple(ground.pack.languages), ground.pack.default_language)
        self._idempotency = SqlIdempotency(ground.sealer, ground.keys, ground.clock, ground.ids)
        self._operations = _operations(ground, _sign_in(ground, desk, ring))
        self.chores = (Chore("writes that need not be known again", self._sweep, 3600.0),)

    def routes(self, address_of: Callable[[Scope], str]) -> list[BaseRoute]:
        g = self._ground
        pipeline = Pipeline(
            g.database,
            self._desk_for,
            g.clock,
            g.ids,
            g.translator,
            self._languages,
            TokenSignIns(g.store.sign_ins),
            self._idempotency,
            RequestQuota(g.clock),
            address_of,
            Bounds(SECONDS, AT_ONCE),
        )
        return api_routes(self._operations, pipeline, self._languages.languages)

    async def _sweep(self) -> None:
        async with self._ground.database.unit_of_work() as work:
            await self._idempotency.sweep(work)


def _operations(ground: Ground, sign_in: SignIn) -> Sequence[Op]:
    """Every operation there is. A new resource is a line here."""
    return (
        *auth_ops(sign_in, ground.store.sign_ins),
        *services.OPS,
        *places.OPS,
    )


def _sign_in(ground: Ground, desk: Desk, ring: KeyRing) -> SignIn:
    dearest = max(ground.pack.sms.prices.values(), default=1)
    cap = SpendCap(dearest, dearest * CODES_AN_HOUR, dearest * CODES_A_DAY)
    return SignIn(
        ground.store.open_sign_ins,
        SignInCodes({id: ring.derive(KeyUse.SIGN_IN, id) for id in ring.ids}),
        ground.pack.country,
        ground.clock,
        ground.ids,
        desk.background,
        limits=SignInLimits(spend=cap),
        observer=SignInMetrics(ground.metrics.registry),
    )
