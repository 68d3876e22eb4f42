"""A claim gets its words, its parts, its price and its provider: all that is needed before it is begun."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.errors import GuichetError
from domain.ids import Ids
from sms.claims import Choose, Compose, Outcome, Ready, Seal, Unworded, Written
from sms.config import SmsConfig
from sms.ports import Provider
from sms.retry import Fate
from sms.states import MessageState
from sms.values import Outbound

log = logging.getLogger("guichet.sms")

NO_PROVIDER_PAUSE = timedelta(seconds=15)
_SHORTEST_VALID = 60
_NOTHING_TO_AVOID: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Writing:
    """Makes `Written` of `Unworded`."""

    compose: Compose
    seal: Seal

    def written(self, unworded: Unworded) -> Written:
        """Its words are sealed at once, while the key is at hand, to be written with what comes of it."""
        claim = unworded.claim
        try:
            worded = self.compose(unworded.text_id, unworded.values, claim.language)
        except Exception as failure:
            # Whatever it is, this one message must not keep the others back.
            if not isinstance(failure, GuichetError):
                log.error("%s cannot be worded: %s", unworded.text_id, type(failure).__name__)
            return Written(claim, unworded.kind, unworded.network, unworded.avoid, None, b"")
        sealed = self.seal(worded.text, claim.id, unworded.key)
        return Written(claim, unworded.kind, unworded.network, unworded.avoid, worded, sealed)


@dataclass(frozen=True, slots=True)
class Preparing:
    """Makes `Ready` of `Written`, and `Outbound` of that. `names_parts`: providers that report by names we give."""

    compose: Compose
    choose: Choose
    providers: Mapping[str, Provider]
    config: SmsConfig
    clock: Clock
    ids: Ids
    names_parts: frozenset[str] = frozenset()

    def carried(self, written: Written) -> Ready | Outcome:
        """Ready to be begun; or what becomes of it, where it cannot be said or nobody can carry it now."""
        claim, worded = written.claim, written.worded
        if worded is None:
            return Outcome(claim, Fate(MessageState.FAILED, reason="cannot_be_worded", counts=False))
        avoid = frozenset({written.avoid}) if written.avoid else _NOTHING_TO_AVOID
        provider = self.providers.get(self.choose(written.kind, claim.to, written.network, avoid) or "")
        if provider is None:
            again = self.clock.now() + NO_PROVIDER_PAUSE
            return Outcome(claim, Fate(MessageState.HELD, again, "no_provider", counts=False))
        name, parts = provider.name, len(worded.parts)
        names = tuple([self.ids.token() for _ in worded.parts]) if name in self.names_parts else ()
        return Ready(claim, provider, worded, written.sealed, parts, self.config.prices.get(name, 0) * parts, names)

    def outbound(self, ready: Ready, now: datetime) -> Outbound:
        """As the provider takes it, now."""
        claim, worded = ready.claim, ready.worded
        valid = self.config.waits.final
        if claim.expires_at is not None:
            valid = min(valid, claim.expires_at - now)
        return Outbound(
            claim.id,
            claim.attempts + 1,
            claim.to,
            self.config.sender.id,
            worded.text,
            worded.encoding,
            worded.parts,
            max(_SHORTEST_VALID, int(valid.total_seconds())),
            claim.link_id,
            ready.part_ids,
        )
