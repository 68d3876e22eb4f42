"""Notices put into the outbox: what a hop promised, and what a person asked to be sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.alerts import Alert
from services.pack_values import ServicesConfig
from services.ports import Binding, Notice, Records
from services.tellings import CONTENTLESS

OURS = "guichet"


@dataclass(slots=True)
class Promises:
    """Fulfils `services.ports.Notices`.

    `channel_open`: whether anything can be sent by this gateway at all. `ministries`: which one a service belongs
    to, and so who pays.
    """

    services: ServicesConfig
    channel_open: Callable[[], bool]
    ministries: Mapping[str, str] = field(default_factory=dict)

    def can_send(self) -> bool:
        return self.channel_open()

    async def promise(self, records: Records, person: UUID, notice: Notice) -> bool:
        """False for whoever has no number in force. To a number in doubt no personal word is sent."""
        contact = await records.people.contact(person) if self.can_send() else None
        if contact is None or contact.binding is Binding.ENDED:
            return False
        bare = contact.binding is not Binding.ACTIVE or self._is_sensitive(notice.service)
        await records.outbox.put(
            Alert(
                person=person,
                to=contact.number,
                kind=notice.kind,
                text_id=CONTENTLESS if bare else notice.text_id,
                values={} if bare else notice.values_in(contact.language),
                language=contact.language,
                source=self.ministries.get(notice.service, OURS),
                service=notice.service,
                subject=notice.subject,
                event=notice.once,
                gist=replace(notice.gist, bare=bare) if notice.gist else None,
            )
        )
        return True

    def _is_sensitive(self, service: str) -> bool:
        """A sensitive service is never named in an SMS; one that the pack no longer knows may have been one."""
        config = self.services.get(service)
        return bool(service) and (config is None or config.sensitive)
