"""Signed-in devices: new tokens for old, which devices there are, signing out, and the PIN on one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.errors import InvalidValue
from services.caller import Caller, Secret
from services.desk import Desk
from services.outcomes import NoAccount, PinLocked, PinNeeded, PinResetNeeded, PinRight, PinWrong
from services.pins import verify_pin
from services.sign_in import SignIn, Tokens
from services.sign_in_codes import RefreshToken, is_token, make_token, token_hash
from services.sign_in_ports import Device, OpenSession, Sessions, SignInRecords


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The token is nobody's (any more): she signs in anew."""


async def by_access_token(sessions: Sessions, token: str) -> OpenSession | None:
    """Whose it is now; signing out anywhere is felt here at once. What has not the form of a token costs no look."""
    return await sessions.by_access(token_hash(token)) if is_token(token) else None


async def refresh(sign_in: SignIn, records: SignInRecords, token: str) -> Tokens | SessionEnded:
    """New tokens for the family's latest; one that was used before ends the session, and that is committed.

    An answer that was lost is given again by the idempotency of the operation, not here.
    """
    presented = RefreshToken.read(token)
    if presented is None:
        return SessionEnded()
    turned = replace(presented, turn=make_token(sign_in.random_bytes))
    access, hashes = sign_in.new_access(turned)
    found = await records.sessions.turn(token_hash(presented.turn), hashes)
    if found is not None:
        return sign_in.tokens(found.id, access, turned, found.until)
    if await records.sessions.end_family(hashes.family):
        sign_in.observer.token_reused()
    return SessionEnded()


async def devices(records: SignInRecords, caller: Caller, session: UUID) -> Sequence[Device]:
    """Hers; where the number stands in doubt, the one in the hand alone."""
    found = await records.sessions.of(_person(caller))
    return found if caller.bound else [device for device in found if device.id == session]


async def sign_out(records: SignInRecords, caller: Caller, session: UUID) -> None:
    """The device in the hand."""
    await records.sessions.end(_person(caller), session)


async def sign_out_device(records: SignInRecords, caller: Caller, session: UUID, other: UUID) -> bool | PinNeeded:
    """Another of hers; False where she has none such."""
    if not caller.bound and other != session:
        return PinNeeded()
    return await records.sessions.end(_person(caller), other)


async def sign_out_everywhere(records: SignInRecords, caller: Caller) -> int | PinNeeded:
    """All of hers, this one too; how many."""
    return await records.sessions.end_all(_person(caller)) if caller.bound else PinNeeded()


async def prove(
    desk: Desk, records: SignInRecords, sign_in: SignIn, caller: Caller, session: UUID, pin: Secret
) -> PinRight | PinWrong | PinLocked | PinResetNeeded | NoAccount:
    """The PIN, typed on this device: for a while it may do what needs it. A silent number is hers again."""
    outcome = await verify_pin(desk, caller, pin)
    if isinstance(outcome, PinRight):
        await records.sessions.prove(session, sign_in.clock.now() + sign_in.rules.proven)
    return outcome


def _person(caller: Caller) -> UUID:
    if caller.person is None:
        raise InvalidValue("a session that is nobody's")
    return caller.person.id
