"""What the outbox and reports should do, said once more without a database, a queue or a clock of its own."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ONCE_MORE, NO_REPORT = timedelta(minutes=10), timedelta(hours=72)
PAUSE, LONGEST = timedelta(seconds=5), timedelta(hours=1)
ENDED = frozenset({"delivered", "undelivered", "failed", "expired"})


@dataclass
class Message:
    once_only: bool
    due: datetime
    expires: datetime
    state: str = "queued"
    tries: int = 0
    sends: int = 0  # of which the provider knows
    extra: int = 0
    marked: bool = False
    named: bool = False  # the provider's answer was written: reports find it


@dataclass
class Model:
    now: datetime
    messages: list[Message] = field(default_factory=list)

    def put(self, once_only: bool, life: timedelta) -> None:
        self.messages.append(Message(once_only, self.now, self.now + life))

    def claimed(self) -> list[int]:
        """Those that go now, by their places; what is too late ends."""
        due = [at for at, one in enumerate(self.messages) if one.state == "queued" and one.due <= self.now]
        for at in due:
            one = self.messages[at]
            one.state, one.marked = ("expired" if one.expires <= self.now else "sending"), False
        return [at for at in due if self.messages[at].state == "sending"]

    def marked(self, at: int) -> None:
        self.messages[at].marked = True
        self.messages[at].tries += 1

    def ended(self, at: int, answer: str) -> None:
        one = self.messages[at]
        match answer:
            case "accepted":
                one.state, one.due, one.named = "sent", self.now + NO_REPORT, True
            case "refused":
                one.state = "failed"
            case "not sent":
                one.state, one.due = "queued", self.now + min(PAUSE * 3 ** (one.tries - 1), LONGEST)
            case "no answer" if one.once_only:
                one.state = "failed"
            case "no answer":
                one.state, one.due = "unknown", self.now + (NO_REPORT if one.extra else ONCE_MORE)

    def report(self, at: int, word: str) -> None:
        one = self.messages[at]
        if word in ("delivered", "undelivered") and one.state in ("queued", "sending", "unknown", "sent", "expired"):
            one.state = word

    def sweep(self) -> None:
        for at, one in enumerate(self.messages):
            if one.state == "sending" and one.marked:
                self.ended(at, "no answer")
            elif one.state == "sending":
                one.state, one.due = "queued", self.now
            elif one.state == "unknown" and one.due <= self.now:
                again = not one.extra and one.expires > self.now
                one.state, one.due, one.extra = ("queued" if again else "expired"), self.now, one.extra + again
            elif one.state == "sent" and one.due <= self.now:
                one.state = "expired"
