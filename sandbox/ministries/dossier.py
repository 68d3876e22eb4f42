"""One application at a ministry, and how it moves: received, in review, decided, card ready, collected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sandbox.ministries.assessment import Grant, Refusal, SendBack, assess
from sandbox.ministries.catalogue import Service
from sandbox.ministries.clock import Mark, SandboxClock
from sandbox.ministries.places import BRANCHES, Branch
from sandbox.ministries.references import s10
from sandbox.ministries.workdays import working_days_from

Json = dict[str, Any]
Words = dict[str, str]


class Phase(StrEnum):
    """Finer than GovStack's four status codes."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    SENT_BACK = "sent_back"
    REFUSED = "refused"
    GRANTED = "granted"
    CARD_READY = "card_ready"
    COLLECTED = "collected"
    SENT = "sent"
    DELIVERED = "delivered"


STATUS: dict[Phase, tuple[str, str]] = {
    Phase.RECEIVED: ("PENDING", "Received"),
    Phase.IN_REVIEW: ("PENDING", "In review"),
    Phase.SENT_BACK: ("SENDBACK", "Sent back to the applicant"),
    Phase.REFUSED: ("REJECTED", "Refused"),
    Phase.GRANTED: ("APPROVED", "Granted"),
    Phase.CARD_READY: ("APPROVED", "Card ready"),
    Phase.COLLECTED: ("APPROVED", "Card collected"),
    Phase.SENT: ("APPROVED", "Sent by post"),
    Phase.DELIVERED: ("APPROVED", "Delivered"),
}
# Working days that an application rests in a phase. Sent back and refused ones do not move by themselves.
WAITS: dict[Phase, int] = {
    Phase.RECEIVED: 1,
    Phase.IN_REVIEW: 9,
    Phase.GRANTED: 3,
    Phase.CARD_READY: 40,
    Phase.SENT: 2,
}
_POSTED_AFTER = 1
_PAID_WITHIN = 5  # working days
_ENDED = frozenset({Phase.REFUSED, Phase.COLLECTED, Phase.DELIVERED})
# How far the post has it: `delivery.state`.
_BY_POST = {Phase.GRANTED: "prepared", Phase.SENT: "on_the_way", Phase.DELIVERED: "delivered"}
_CANONICAL = {Phase.SENT_BACK: "action_required", Phase.SENT: "granted", Phase.DELIVERED: "collected"}
_WORDS: dict[Phase, Words] = {
    Phase.SENT: {"vi": "đã gửi bưu điện", "en": "sent by post"},
    Phase.DELIVERED: {"vi": "đã giao tận nơi", "en": "delivered"},
}
_AT_BRANCH = frozenset({Phase.CARD_READY, Phase.COLLECTED})


@dataclass(slots=True)
class Dossier:
    """An application file; `entered` is when the ministry's work brought it into its phase."""

    file_id: str
    service: Service
    applicant_id: str
    application_name: str
    phone: str
    birth_date: str
    slip_key: str
    answers: Json
    registered: datetime
    phase: Phase
    entered: datetime
    read_at: datetime
    mark: Mark
    hurried: bool = True
    demo: bool = False
    document_urls: list[str] = field(default_factory=list)
    decided: date | None = None
    amount: Decimal | None = None
    reason: Words | None = None
    needs: tuple[Words, ...] = ()
    branch: Branch = BRANCHES[0]
    choosable: bool = True
    available_from: date | None = None
    waits_long: bool = False  # the ministry does not say until when
    nobody_home: bool = False  # the post came, and nobody opened
    steps: list[tuple[date, Phase]] = field(default_factory=list)  # what became of it, told by who delivers
    said: tuple[str, str] | None = None  # a status that the standard does not know
    idempotency_key: str | None = None
    language: str = ""  # the applicant's, where the ministry asked for it
    sequence: int = 1
    changed: datetime | None = None  # None: not since it was registered
    told: Callable[["Dossier"], None] | None = None  # who wants to know of every move

    @property
    def last_change(self) -> datetime:
        return self.changed or self.registered

    @property
    def ended(self) -> bool:
        goes_on = self.service.pays_by_card or self.service.by_post
        return self.phase in _ENDED or (self.phase is Phase.GRANTED and not goes_on)

    @property
    def status(self) -> Json:
        code, title = self.said or STATUS[self.phase]
        return {"code": code, "title": title}

    def data(self) -> Json:
        """`formData.data`: the citizen's answers, then what the ministry knows; absent while unknown."""
        known: Json = {
            **self.answers,
            "phone": self.phone,
            "birthDate": self.birth_date,
            "slipKey": self.slip_key,
        }
        if STATUS[self.phase][0] in ("PENDING", "APPROVED") and self.said is None:
            known["phase"] = self.phase.value
        if self.language:
            known["contactLanguage"] = self.language
        if self.idempotency_key is not None:
            known["idempotencyKey"] = self.idempotency_key
        return known | self._decision() | self._pickup() | self._by_post()

    def _decision(self) -> Json:
        known: Json = {}
        if self.decided is not None:
            known["decidedAt"] = self.decided.isoformat()
        if self.phase is Phase.SENT_BACK:
            known["needs"] = list(self.needs)
        if self.phase is Phase.REFUSED and self.reason is not None:
            known["refusalReason"] = self.reason
        if self.amount is not None and self.decided is not None:
            known |= {"amount": f"{self.amount:.2f}", "currency": self.service.home.currency}
            known["termUntil"] = two_years_after(self.decided).isoformat()
        return known

    def _pickup(self) -> Json:
        if self.phase not in _AT_BRANCH or self.available_from is None:
            return {}
        until = self.available_from + timedelta(days=90)
        pickup = self.branch.shown() | {"availableFrom": self.available_from.isoformat()}
        if not self.waits_long:
            pickup["availableUntil"] = until.isoformat()
        if self.phase is Phase.CARD_READY and self.choosable:
            return {"pickup": pickup, "pickupOptions": [branch.shown() for branch in BRANCHES]}
        return {"pickup": pickup}

    @property
    def tracking(self) -> str:
        """The post's code of what is brought: `EC612345674VN`."""
        return s10(self.file_id[1:9])

    def _by_post(self) -> Json:
        """The fee under its reference, paid once the work begins; and how far the post has what was granted."""
        if not self.service.by_post:
            return {}
        until = self.service.home.later(self.registered.astimezone(self.service.home.zone), _PAID_WITHIN).date()
        fee: Json = {
            "amount": self.service.fee,
            "currency": self.service.home.currency,
            "reference": f"LP{self.file_id}",
            "paid": self.phase is not Phase.RECEIVED,
            "until": until.isoformat(),
        }
        steps = [
            {"day": day.isoformat(), "state": _CANONICAL.get(phase, phase.value), "word": _WORDS.get(phase, {})}
            for day, phase in self.steps
        ]
        if self.phase not in _BY_POST:
            return {"fee": fee, "history": steps}
        state = "not_met" if self.nobody_home and self.phase is Phase.SENT else _BY_POST[self.phase]
        day = self.entered.date()
        if self.phase is not Phase.DELIVERED:
            left = WAITS[Phase.SENT] + (_POSTED_AFTER if self.phase is Phase.GRANTED else 0)
            day = self.service.home.later(self.entered, left).date()
        delivery = {"state": state, "tracking": self.tracking, "carrier": "VNPost", "day": day.isoformat()}
        return {"fee": fee, "history": steps, "delivery": delivery}

    def enter(self, phase: Phase, clock: SandboxClock) -> None:
        """Put it into a phase now, whatever it was in."""
        now = clock.now().astimezone(self.service.home.zone)
        self.read_at, self.mark = now, clock.mark()
        self._step(phase, now, now)

    def say(self, code: str, title: str, clock: SandboxClock) -> None:
        """Answer from now on with a status that no standard knows."""
        self.said = (code, title)
        self.change(clock.now())

    def change(self, now: datetime, tell: bool = True) -> None:
        """Something about it is new since `now`; those who want to know of moves are told."""
        self.sequence += 1
        self.changed = now
        if tell and self.told is not None:
            self.told(self)

    def move(self, clock: SandboxClock) -> None:
        """Let it go through all the phases that are due by now."""
        now = clock.now().astimezone(self.service.home.zone)
        worked = self.read_at + clock.worked_since(self.mark, self.hurried)
        while (following := self._following()) is not None:
            due = self.service.home.later(self.entered, self._rests())
            if due > worked:
                return
            # In a hurry the work runs ahead of the calendar; what a citizen reads never lies in the future.
            self._step(following, due, now)

    def _rests(self) -> int:
        return _POSTED_AFTER if self.phase is Phase.GRANTED and self.service.by_post else WAITS[self.phase]

    def _following(self) -> Phase | None:
        if self.said is not None or self.nobody_home:
            return None
        match self.phase:
            case Phase.RECEIVED:
                return Phase.IN_REVIEW
            case Phase.IN_REVIEW:
                return self._decide()
            case Phase.GRANTED if self.service.pays_by_card:
                return Phase.CARD_READY
            case Phase.GRANTED if self.service.by_post:
                return Phase.SENT
            case Phase.SENT:
                return Phase.DELIVERED
            case Phase.CARD_READY:
                return Phase.COLLECTED
            case _:
                return None

    def _decide(self) -> Phase:
        if not self.service.pays_by_card:
            return Phase.GRANTED
        decision = assess(self.answers)
        if isinstance(decision, Grant):
            return Phase.GRANTED
        return Phase.REFUSED if isinstance(decision, Refusal) else Phase.SENT_BACK

    def _step(self, phase: Phase, when: datetime, now: datetime) -> None:
        self.phase, self.entered = phase, when
        day = min(when, now).date()
        self.steps.append((day, phase))
        decision = assess(self.answers)
        if phase in (Phase.GRANTED, Phase.REFUSED):
            self.decided = day
        if phase is Phase.GRANTED and self.service.pays_by_card and self.amount is None:
            self.amount = decision.amount if isinstance(decision, Grant) else Decimal("150.00")
        if phase is Phase.REFUSED and self.reason is None:
            self.reason = decision.reason if isinstance(decision, Refusal) else self.service.home.refusal
        if phase is Phase.SENT_BACK and not self.needs:
            self.needs = decision.needs if isinstance(decision, SendBack) else (self.service.home.missing,)
        if phase in _AT_BRANCH:
            self._hand_to_branch(day)
        self.change(now)

    def _hand_to_branch(self, day: date) -> None:
        self.decided = self.decided or day
        if self.available_from is None:
            following = day + timedelta(days=0 if self.hurried else 1)
            self.available_from = working_days_from(following, 1)[0]


def two_years_after(day: date) -> date:
    """The last day of a term of two years that begins on `day`."""
    try:
        return day.replace(year=day.year + 2) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(day.year + 2, 2, 28)
