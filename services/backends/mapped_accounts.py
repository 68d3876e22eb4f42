"""The accounts by which some ministries know people: found, or opened once."""

from collections.abc import Mapping

from domain.deadline import Deadline
from domain.errors import MinistryAmbiguous, MinistryContract, MinistryUnavailable
from domain.msisdn import Msisdn
from services.backends.mapped_config import Outcome
from services.backends.mapped_operations import MISSING, Asking, Ministry


class Accounts:
    """`asking`: `find`, and `create` where we may open one."""

    def __init__(self, ministry: Ministry, asking: Mapping[str, Asking]) -> None:
        self._ministry = ministry
        self._asking = asking

    async def find(self, person: str, deadline: Deadline) -> str:
        """Her account there, by our pseudonym of her; "" where she has none."""
        ask = self._asking["find"]
        result = await ask.one({"applicant": person, "participant": person}, deadline)
        ask.agreed(result)
        if result.outcome in MISSING:
            return ""
        with ask.reading():
            return ask.picked(result.at).needed("account")

    async def needed(self, person: str, contact: Msisdn, deadline: Deadline) -> str:
        """Hers, opened if need be. Nothing is handed in by that: a lost answer is but "not done", it is found again."""
        found = await self.find(person, deadline)
        if found:
            return found
        found = await self._opened(person, contact, deadline) or await self.find(person, deadline)
        if not found:
            raise MinistryContract(self._ministry.transport.ministry, "opens no account")
        return found

    async def _opened(self, person: str, contact: Msisdn, deadline: Deadline) -> str:
        ask = self._asking.get("create")
        if ask is None:
            return ""
        values = {"applicant": person, "participant": person, "contact": contact, "key": f"account-{person}"}
        try:
            result = await ask.one(values, deadline)
            ask.agreed(result, conflict=True)
            if result.outcome is not Outcome.OK:
                return ""
            with ask.reading():
                return ask.picked(result.at).text("account")
        except MinistryAmbiguous as lost:
            raise MinistryUnavailable(lost.ministry, lost.why) from None
