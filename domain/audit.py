"""An entry of the audit log: who did what to whom, in pseudonyms only."""

import re
from dataclasses import dataclass

from domain.errors import InvalidValue

LONGEST = 200
_WHO = re.compile(r"(?:person|agent|operator|organisation|session|message|event|batch):[A-Za-z0-9_.@-]{1,80}|system")
# A telephone number in any grouping. References are shorter, or have letters.
_NUMBER = re.compile(r"\d(?:[ .()/-]?\d){8,}")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`actor` and `subject` are `person:<hex>`, `agent:<hex>`, `operator:<name>`, `system` and their like.

    `act`: a word of ours, such as `messages.find`. `session`: in which session. `why`: a reason or a code, of at most
    200 letters. No telephone number, name or text of a citizen belongs here: what looks like a number is refused
    with `InvalidValue`, the rest is the caller's care.
    """

    actor: str
    act: str
    subject: str = ""
    session: str = ""
    why: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        if not _WHO.fullmatch(self.actor) or (self.subject and not _WHO.fullmatch(self.subject)):
            raise InvalidValue("an audit entry names its actor and subject by pseudonyms")
        if not self.act or any(len(text) > LONGEST for text in (self.act, self.session, self.why, self.channel)):
            raise InvalidValue(f"an audit entry has an act, and no text of more than {LONGEST} letters")
        if _NUMBER.search(self.why):
            raise InvalidValue("a reason for the audit log holds no telephone number")
