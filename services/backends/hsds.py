"""The port `Guide` over Open Referral HSDS 3.0: what services ask of people, and where they are given."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import MinistryContract, MinistryRefused
from services.backends.answers import Answer
from services.backends.hsds_config import HsdsConfig, LanguageIn
from services.backends.hsds_reading import PlaceReader, entries_of, info_of, is_active
from services.backends.reading import Misread, record, records, text, whole
from services.backends.transport import Call, Transport
from services.listed_places import ListedPlace
from services.values import ServiceInfo

Json = Mapping[str, object]
_NOT_THERE = (404, 410)
_AT_A_TIME = 20


class HsdsGuide:
    """Fulfils `services.ports.Guide`. `clock`: schedules told by date are read for the coming weeks."""

    def __init__(self, transport: Transport, config: HsdsConfig, clock: Clock) -> None:
        self._transport, self._config, self._clock = transport, config, clock
        self._reader()  # a pick that is none is told at the start

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        """None for one that is not (or no longer) active there."""
        service_id = self._config.services.get(service)
        if service_id is None:
            return None
        languages = self._config.languages or ("",)
        answers = await asyncio.gather(*(self._service(service_id, language, deadline) for language in languages))
        told = [(language, found) for language, found in zip(languages, answers, strict=True) if found is not None]
        try:
            if not told or not is_active(told[0][1]):
                return None
            return info_of(service, told, self._config)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def places(self, deadline: Deadline) -> Sequence[ListedPlace]:
        """Where its active services are given; each location once."""
        if not self._config.places:
            return ()
        reader = self._reader()
        try:
            if self._config.places == "services":
                async for service in self._pages("services", deadline):
                    for entry in entries_of(service) if is_active(service) else ():
                        reader.read(entry, service)
            else:
                active = {
                    text(service.get("id"), "service id"): service
                    async for service in self._pages("services", deadline, full=False)
                    if is_active(service)
                }
                async for entry in self._pages("service_at_locations", deadline):
                    if (given := active.get(_service_id(entry))) is not None:
                        reader.read(entry, given)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None
        return reader.places()

    def _reader(self) -> PlaceReader:
        return PlaceReader(self._config, self._clock.now().date())

    async def _service(self, service_id: str, language: str, deadline: Deadline) -> Json | None:
        query, headers = self._spoken(language)
        call = Call("services.get", "GET", ("services", service_id), query, headers)
        answer = await self._transport.request(call, deadline)
        if answer.status in _NOT_THERE:
            return None
        self._agreed(answer)
        try:
            found = record(answer.json, "service")
            if text(found.get("id"), "service id").lower() != service_id.lower():
                raise Misread("service id is not the one that was asked for")
            return found
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def _pages(self, what: str, deadline: Deadline, full: bool = True) -> AsyncIterator[Json]:
        """The items of a paged list; a list without an end is a breach of contract."""
        for number in range(1, self._config.most_pages + 1):
            query = [("page", str(number)), ("per_page", str(self._config.page_size))]
            query += [("full", "true")] if full else []
            answer = await self._transport.request(Call(f"{what}.list", "GET", (what,), tuple(query)), deadline)
            self._agreed(answer)
            page = record(answer.json, what)
            items = records(page.get("contents"), what)
            for count, item in enumerate(items):
                if count % _AT_A_TIME == 0:
                    await asyncio.sleep(0)  # hops come first: a page may hold hundreds
                yield item
            pages = whole(page.get("total_pages"), "total_pages")
            if not items or page.get("last_page") is True or (pages is not None and number >= pages):
                return
        raise Misread(f"more than {self._config.most_pages} pages of {what}")

    def _spoken(self, language: str) -> tuple[Sequence[tuple[str, str]], Mapping[str, str]]:
        if not language:
            return (), {}
        if self._config.language_in is LanguageIn.HEADER:
            return (), {"accept-language": language}
        return ((self._config.language_name, language),), {}

    def _agreed(self, answer: Answer) -> None:
        """Raises for every 4xx: nothing is asked of a catalogue that it might refuse."""
        if answer.status in (401, 407, *_NOT_THERE):
            raise MinistryContract(self._transport.ministry, str(answer.status))
        if not answer.ok:
            raise MinistryRefused(self._transport.ministry, str(answer.status))


def _service_id(entry: Json) -> str:
    """Of a service at a location: the standard's own field, or the service nested in it."""
    nested = entry.get("service")
    inner = nested.get("id") if isinstance(nested, dict) else None
    return text(entry.get("service_id") or inner, "service_id")
