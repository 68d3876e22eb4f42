"""What mail leaves of a person who is erased: nothing, and the books know that it is nothing."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from mail.tables import MAILS
from services.records.personal import empty_events
from services.records.sealed import Sealed
from services.records.tables import EVENTS
from services.rights_ports import Subject
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class MailRoom:
    """`services.records.personal.Room`, asked while messages still are hers. Letters go with her row; an event that
    told her by a letter alone told one person less from now on, and of one that told nobody else nothing is left.

    `by_sms`: the events of which a message to her is there.
    """

    by_sms: Callable[[UnitOfWork, UUID], Awaitable[Collection[UUID]]]

    async def erase(self, sealed: Sealed, subject: Subject) -> None:
        work = sealed.work
        hers = MAILS.c.person_id == subject.person, MAILS.c.event_id.is_not(None)
        by_mail = (await work.execute(select(MAILS.c.event_id).where(*hers))).scalars()
        by_mail_alone = set(by_mail) - set(await self.by_sms(work, subject.person))
        told = EVENTS.c.id.in_(by_mail_alone)
        hers_alone = (await work.execute(select(EVENTS.c.id).where(told, EVENTS.c.told <= 1))).scalars()
        await empty_events(sealed, list(hers_alone))
        await work.execute(update(EVENTS).where(told, EVENTS.c.told > 0).values(told=EVENTS.c.told - 1))
