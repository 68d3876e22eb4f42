"""Blind indexes of e-mail brought from older keys to the newest: for a person who has an address."""

from uuid import UUID

from sqlalchemy import select, update

from domain.email_address import EmailAddress
from mail.records.addresses import INDEX
from mail.tables import ADDRESSES
from services.records.sealed import Sealed


async def reindex_person(sealed: Sealed, person: UUID) -> None:
    """Her address is found under the newest key from now on. Raises `SealBroken`, `KeyMissing`."""
    row = (await sealed.work.execute(select(ADDRESSES).where(ADDRESSES.c.person_id == person))).first()
    if row is None:
        return
    address = EmailAddress(await sealed.open(person, row.address, ADDRESSES.name, "address", row.id))
    newest = sealed.index(address.folded, INDEX)
    await sealed.work.execute(update(ADDRESSES).where(ADDRESSES.c.id == row.id).values(address_index=newest))
