"""Staff sign in on the operations page: a name, a password, and a code that is good once.

Whoever is refused is not told which of the three was wrong; the audit log is. Five wrong tries lock a name for half an
hour, also where the sixth is right: but not for a browser that she signed in from before, whose tries are counted
apart. Else whoever knows her name could keep her out.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from domain.audit import AuditEntry
from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import InvalidValue
from services.pin_vault import PinVault, PinVaultFailed
from services.staff_ports import StaffMember, StaffRecords, StaffSession
from services.totp import step_of_code

TRIES, LOCKED = 5, timedelta(minutes=30)
IDLE, LIVES = timedelta(minutes=30), timedelta(hours=8)
FROM_ONE_ADDRESS, FROM_ONE_NETWORK, WITHIN = 30, 100, timedelta(hours=1)
BROWSER_LIVES = timedelta(days=90)
LEAST_PASSWORD, LONGEST_PASSWORD = 12, 200
TOKEN_OCTETS, BROWSER_OCTETS = 32, 16
CHANNEL = "ops"
_SECONDS = 10.0
_is_name = re.compile(r"[a-z][a-z0-9_.-]{1,31}").fullmatch


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token`, and `browser` by which it is known next time: for her browser alone."""

    session: StaffSession
    token: bytes = field(repr=False)
    browser: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """`busy`: too many tries from this address; nothing was looked at."""

    busy: bool = False


def staff_name(text: str) -> str:
    """Raises `InvalidValue` for what is no name."""
    if not _is_name(text):
        raise InvalidValue("a name has 2 to 32 small letters, digits, dots or dashes, a letter first")
    return text


def staff_password(text: str) -> str:
    """Raises `InvalidValue` for one that is too short; the words hold nothing of it."""
    if not LEAST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise InvalidValue(f"a password has {LEAST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return text


@dataclass(slots=True)
class StaffSignIn:
    """`vault`: a pool of its own, so that whoever tries passwords keeps no citizen waiting for her PIN. `channel`:
    where she is, for the audit log."""

    vault: PinVault
    clock: Clock
    token: Callable[[int], bytes] = secrets.token_bytes
    channel: str = CHANNEL
    _nobodys: str = ""

    async def sign_in(
        self, records: StaffRecords, name: str, password: str, code: str, address: str, browser: bytes = b""
    ) -> SignedIn | Refused:
        """Raises `DeadlineExceeded`, `StoreUnavailable`. The caller commits."""
        deadline = Deadline.after(_SECONDS, self.clock)
        member = await records.known(name, browser) if _is_name(name) else None
        if member is None:
            if not await records.allow(address):
                return Refused(busy=True)
            # What is no name is looked for as well: nothing is held while a password is judged.
            member = await records.begin_try(name if _is_name(name) else "")
        proved = await self._judged(records, name, member, password, code, deadline)
        if isinstance(proved, Refused):
            return proved
        token = self.token(TOKEN_OCTETS)
        session = await records.open_session(proved, token)
        await records.record(self._entry(proved.name, "staff.signed_in", session=session))
        return SignedIn(session, token, records.remembered(proved, self.token(BROWSER_OCTETS)))

    async def prove(self, records: StaffRecords, name: str, password: str, code: str) -> StaffMember | Refused:
        """That it is she, for one deed at the command line: no session begins. Wrong tries lock her name as on the
        page; no address is counted, for whoever types here is on our own machine.

        Raises `DeadlineExceeded`, `StoreUnavailable`. The caller commits.
        """
        deadline = Deadline.after(_SECONDS, self.clock)
        member = await records.begin_try(name if _is_name(name) else "")
        return await self._judged(records, name, member, password, code, deadline)

    async def sign_out(self, records: StaffRecords, token: bytes) -> None:
        """Her session ends; nothing happens where there is none."""
        session = await records.end_session(token)
        if session:
            await records.record(self._entry(session.name, "staff.signed_out", session=session))

    async def _judged(
        self, records: StaffRecords, name: str, member: StaffMember | None, password: str, code: str, deadline: Deadline
    ) -> StaffMember | Refused:
        """Whether password and code are hers. `member`: None for nobody, whose try takes as long."""
        right = await self._fits(password, member, deadline)
        if member is None:
            return await self._nobody(records, name)
        step = step_of_code(member.key, code, self.clock.now(), member.step) if member.key else None
        if not right or step is None:
            return await self._refused(records, member, "password" if not right else "code")
        old = self.vault.outdated(member.password)
        if not await records.proved(member, step, await self.vault.hash(password, deadline) if old else None):
            return await self._refused(records, member, "code")
        return member

    async def _fits(self, password: str, member: StaffMember | None, deadline: Deadline) -> bool:
        """For nobody a hash is judged as well: a name that is unknown takes no less time."""
        if not self._nobodys:
            self._nobodys = await self.vault.hash(self.token(TOKEN_OCTETS).hex(), deadline)
        try:
            return await self.vault.matches(password, member.password if member else self._nobodys, deadline)
        except PinVaultFailed:
            # Its pepper is not listed any more: an operator makes her a new one.
            return False

    async def _nobody(self, records: StaffRecords, name: str) -> Refused:
        # What was typed may be a password: only a name that we know is written down.
        why = await records.why_not(name) if _is_name(name) else "unknown"
        actor = "system" if why == "unknown" else f"operator:{name}"
        await records.record(AuditEntry(actor, "staff.refused", why=why, channel=self.channel))
        return Refused()

    async def _refused(self, records: StaffRecords, member: StaffMember, why: str) -> Refused:
        await records.record(self._entry(member.name, "staff.refused", why))
        if member.last:
            await records.record(self._entry(member.name, "staff.locked", f"{TRIES} tries"))
        return Refused()

    def _entry(self, name: str, act: str, why: str = "", session: StaffSession | None = None) -> AuditEntry:
        of = session.id.hex if session else ""
        return AuditEntry(f"operator:{name}", act, session=of, why=why, channel=self.channel)
