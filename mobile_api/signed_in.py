"""Whom an access token stands for: the citizen at her number, as every use case knows a caller."""

from collections.abc import Callable
from dataclasses import dataclass

from mobile_api.operations import APP, SignedIn
from services import signed_in_devices
from services.caller import Caller
from services.sign_in_ports import SignInRecords
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TokenSignIns:
    """`serving.SignIns`. `records`: what signing in remembers, within a unit of work."""

    records: Callable[[UnitOfWork], SignInRecords]

    async def signed_in(self, work: UnitOfWork, token: str, language: str) -> SignedIn | None:
        """Her own language goes before that of the request. One query, where her key was used a short while ago."""
        found = await signed_in_devices.by_access_token(self.records(work), token)
        if found is None:
            return None
        spoken = found.person.language or language
        caller = Caller(found.number, found.person, spoken, found.proven, APP, f"app:{found.id.hex}")
        return SignedIn(found.id, caller)
