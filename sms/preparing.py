"""A claim gets its words, its parts, its price and its provider: all that is needed before it is begun."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.clock import Clock
from domain.errors import GuichetError
from domain.ids import Ids
from sms.claims import Choose, Claimed, Compose, Outcome, Ready
from sms.config import SmsConfig
from sms.ports import Provider
from sms.retry import Fate
from sms.states import MessageState
from sms.values import Outbound

log = logging.getLogger("guichet.sms")

NO_PROVIDER_PAUSE = timedelta(seconds=15)
_SHORTEST_VALID = 60


@dataclass(frozen=True, slots=True)
class Preparing:
    """Makes `Ready` of `Claimed`, and `Outbound` of that. `names_parts`: providers that report by names we give."""

    compose: Compose
    choose: Choose
    providers: Mapping[str, Provider]
    config: SmsConfig
    clock: Clock
    ids: Ids
    names_parts: frozenset[str] = frozenset()

    def ready(self, claim: Claimed) -> Ready | Outcome:
        """Ready to be begun; or what becomes of it, where it cannot be said or nobody can carry it now."""
        try:
            worded = self.compose(claim.text_id, claim.values, claim.language)
        except Exception as failure:
            # Whatever it is, this one message must not keep the others back.
            if not isinstance(failure, GuichetError):
                log.error("%s cannot be worded: %s", claim.text_id, type(failure).__name__)
            return Outcome(claim, Fate(MessageState.FAILED, reason="cannot_be_worded", counts=False))
        avoid = frozenset({claim.avoid}) if claim.avoid else frozenset()
        provider = self.providers.get(self.choose(claim.kind, claim.to, claim.network, avoid) or "")
        if provider is None:
            again = self.clock.now() + NO_PROVIDER_PAUSE
            return Outcome(claim, Fate(MessageState.HELD, again, "no_provider", counts=False))
        cost = self.config.prices.get(provider.name, 0) * len(worded.parts)
        named = provider.name in self.names_parts
        return Ready(claim, provider, worded, cost, tuple(self.ids.token() for _ in worded.parts) if named else ())

    def outbound(self, ready: Ready) -> Outbound:
        """As the provider takes it."""
        claim = ready.claim
        valid = self.config.waits.final
        if claim.expires_at is not None:
            valid = min(valid, claim.expires_at - self.clock.now())
        return Outbound(
            id=claim.id,
            attempt=claim.attempts + 1,
            to=claim.to,
            sender=self.config.sender.id,
            text=ready.worded.text,
            encoding=ready.worded.encoding,
            parts=ready.worded.parts,
            valid_seconds=max(_SHORTEST_VALID, int(valid.total_seconds())),
            link_id=claim.link_id,
            part_ids=ready.part_ids,
        )
