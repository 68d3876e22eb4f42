"""The ministries that push: every move is posted to the gateway, signed, until it is taken or patience ends."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.ministries import events
from sandbox.ministries.diary import VisitChanged
from sandbox.ministries.dossier import Dossier
from sandbox.ministries.events import Event
from sandbox.ministries.signing import key_of, signed
from sandbox.postman import Postman
from sandbox.rules import Rule, Rules

# The documented secret of the demonstration.
DEMO_SECRET = "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8="  # noqa: S105
SOURCES = ("vemtas", "asan", "ess-visits")
KINDS = frozenset(
    {
        "doubled", "late", "out_of_order", "unsigned", "wrong_secret", "stale", "conflicting", "altered",
        "never", "thin", "binary",
    }
)  # fmt: skip
_ALONE = frozenset({"late", "unsigned", "wrong_secret", "stale"})
_PATH = "/events"
_LATE = 5.0  # seconds, unless the rule says otherwise
_STALE = 600  # seconds
_WRONG = b"not-the-key-that-was-agreed-upon"


@dataclass(slots=True)
class Push:
    """`secret` is that of every pushing ministry; `now` tells when an event happened, `stamp` signs in Unix time."""

    postman: Postman
    secret: str = DEMO_SECRET
    rules: Rules = field(default_factory=lambda: Rules(KINDS, ("source", "type")))
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    stamp: Callable[[], float] = time.time
    fresh_id: Callable[[], str] = lambda: str(uuid.uuid4())
    # Events kept back until the next one of the same subject has gone.
    held: dict[str, Event] = field(default_factory=dict)
    thin: bool = False

    def moved(self, ministry: str, dossier: Dossier) -> None:
        """An application moved. The visa's ministry does not push: it can be asked for changes."""
        if ministry in SOURCES:
            self._tell(events.of_dossier(self.fresh_id(), ministry, dossier, self.now()))

    def visit_changed(self, change: VisitChanged) -> None:
        self._tell(events.of_visit(self.fresh_id(), change, self.now()))

    def clear(self) -> None:
        self.rules.drop()
        self.held.clear()

    def _tell(self, event: Event) -> None:
        rule = self.rules.draw(source=event.source, type=event.type)
        event = event.thin() if self.thin or (rule is not None and rule.kind == "thin") else event
        kind = "" if rule is None else rule.kind
        if kind == "never":
            return
        if kind == "out_of_order":
            self.held[event.subject] = event
            return
        self._post(event, kind, _seconds(rule) if kind == "late" else 0.0)
        if kind == "doubled":
            self._post(event)
        elif kind == "conflicting":
            self._post(events.opposite(event, self.fresh_id()))
        elif kind == "altered":
            self._post(events.altered(event))
        overtaken = self.held.pop(event.subject, None)
        if overtaken is not None:
            self._post(overtaken)

    def _post(self, event: Event, kind: str = "", seconds: float = 0.0) -> None:
        headers, body = event.binary() if kind == "binary" else event.structured()
        subject = f"{event.source} {event.subject}"

        def sign() -> Mapping[str, str]:
            """Anew for every try, as the standard asks: the receiver looks at how old a signature is."""
            at = int(self.stamp()) - (_STALE if kind == "stale" else 0)
            if kind == "unsigned":
                return headers
            return headers | signed(_WRONG if kind == "wrong_secret" else key_of(self.secret), event.id, at, body)

        # What comes late is overtaken and what is badly signed never taken: nothing waits for them.
        after = "" if kind in _ALONE else subject
        self.postman.soon(lambda: self.postman.send(_PATH, body, sign), seconds, after)


def _seconds(rule: Rule | None) -> float:
    return _LATE if rule is None or rule.seconds is None else rule.seconds
