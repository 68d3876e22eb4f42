"""The port Applications over a mapped ministry."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from domain.deadline import Deadline
from domain.errors import (
    DeadlineExceeded,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryError,
    MinistryHasOne,
    MinistryRefused,
    MinistryUnavailable,
)
from domain.states import ApplicationState
from services.backends.eforms import read_form
from services.backends.mapped_accounts import Accounts
from services.backends.mapped_config import Outcome
from services.backends.mapped_files import MappedFiles, read_info, told_info
from services.backends.mapped_operations import MISSING, Asking, Ministry, Result
from services.backends.reading import record
from services.document_ports import Document
from services.values import Application, ChangePage, Form, FormUnsupportedReason, ServiceInfo, Submission

Due = Callable[[str, date], date | None]


class MappedApplications:
    """What is left out of the pack's entry answers as the port says that a ministry cannot."""

    def __init__(self, ministry: Ministry, asking: Mapping[str, Asking], accounts: Accounts, due: Due) -> None:
        self._ministry = ministry
        self._asking = asking
        self._accounts = accounts
        self._files = MappedFiles(ministry.config, ministry.reader, due)
        self._joins = {name.removeprefix("get."): ask for name, ask in asking.items() if name.startswith("get.")}

    async def get(self, reference: str, deadline: Deadline) -> Application | None:
        ask = self._asking.get("get")
        if ask is None:
            return None
        result = await ask.one({"reference": reference}, deadline)
        ask.agreed(result)
        if result.outcome in MISSING:
            return None
        with ask.reading():
            picked = [ask.picked(result.at)]
            base = self._files.application(picked)
        values = {"reference": reference, **self._ministry.service(base.service), **ask.kept(result)}
        for join in self._joins.values():
            joined = await self._joined(join, values, deadline)
            if joined is not None:
                picked.insert(0, join.picked(joined.at))
        with ask.reading():
            return self._files.application(picked) if len(picked) > 1 else base

    async def _joined(self, join: Asking, values: Mapping[str, object], deadline: Deadline) -> Result | None:
        """What completes an application is worth less than the application: without it, it is still shown."""
        if any(values.get(name) in (None, "") for name in join.names if name.startswith("kept.")):
            return None
        try:
            result = await join.one(values, deadline)
        except (MinistryUnavailable, MinistryBusy, DeadlineExceeded):
            return None
        return result if result.outcome is Outcome.OK else None

    async def of_applicant(self, applicant: str, service: str, deadline: Deadline) -> Sequence[Application]:
        ask = self._asking.get("of_applicant")
        if ask is None:
            return ()
        values: dict[str, object] = {"applicant": applicant, **self._ministry.service(service)}
        if "account" in ask.names:
            values["account"] = await self._accounts.find(applicant, deadline)
            if not values["account"]:
                return ()
        items = await ask.many(values, deadline)
        with ask.reading():
            found = [self._files.listed(ask.picked(item), service) for item in items]
        return tuple(application for application in found if application is not None)

    async def changed(self, service: str, since: datetime, deadline: Deadline, place: str = "") -> ChangePage:
        ask = self._asking.get("changed")
        if ask is None:
            return ChangePage()
        items, following = await ask.page({**self._ministry.service(service), "since": since}, place, deadline)
        with ask.reading():
            changes = [self._files.change(ask.picked(item), service) for item in items]
        found = [change for change in changes if change is not None and change.at >= since]
        return ChangePage(tuple(sorted(found, key=lambda change: change.at)), following)

    async def form(self, service: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        ours, ask = self._ministry.known(service), self._asking.get("form")
        if ours.form is not None:
            return read_form({"schema": ours.form}, service, language)
        if ask is None:
            return None
        result = await ask.one({**self._ministry.service(service), "language": language}, deadline)
        ask.agreed(result)
        if result.outcome in MISSING:
            return None
        with ask.reading():
            picked = ask.picked(result.at)
            schema = record(picked["schema"], picked.where("schema"))
            return read_form({"schema": schema, "name": picked.text("title")}, picked.text("id") or service, language)

    async def submit(self, submission: Submission, deadline: Deadline) -> Application:
        ask = self._asking.get("submit")
        if ask is None:
            raise MinistryRefused(self._ministry.transport.ministry, "takes no applications")
        values: dict[str, object] = {
            **self._ministry.service(submission.service),
            "form": submission.form_id,
            "applicant": submission.applicant,
            "answers": submission.answers,
            "contact": submission.contact,
            "key": submission.idempotency_key,
        }
        if "account" in ask.names:
            values["account"] = await self._accounts.needed(submission.applicant, submission.contact, deadline)
        result = await ask.one(values, deadline)
        if result.outcome in MISSING:
            raise MinistryContract(self._ministry.transport.ministry, f"{ask.name}: does not know the service")
        if result.outcome is Outcome.CONFLICT:
            why = f"{ask.name}: {result.status}"
            if ask.expects_conflict:
                # The pack says so: the same key is under way, or was carried out. Look before repeating.
                raise MinistryAmbiguous(self._ministry.transport.ministry, why)
            raise MinistryHasOne(self._ministry.transport.ministry, why, result.words)
        ask.agreed(result)
        return await self._made(ask, result, submission.service, deadline)

    async def amend(
        self, reference: str, answers: Mapping[str, object], idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        found = await self.get(reference, deadline)
        if found is None or found.state is not ApplicationState.ACTION_REQUIRED:
            return None
        return await self._changed_by("amend", found, {"answers": answers, "key": idempotency_key}, deadline)

    async def choose_pickup(
        self, reference: str, place_id: str, idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        found = await self.get(reference, deadline)
        if found is None or place_id not in {choice.id for choice in found.pickup_choices}:
            return None
        place = self._ministry.config.places.get(place_id, place_id)
        return await self._changed_by("choose_pickup", found, {"place": place, "key": idempotency_key}, deadline)

    async def attach(self, reference: str, document: Document, idempotency_key: str, deadline: Deadline) -> bool:
        ask = self._asking.get("attach")
        if ask is None:
            return False
        values = {"reference": reference, "document": document, "key": idempotency_key}
        result = await ask.one(values, deadline, bare=True)
        ask.agreed(result, conflict=True)
        return result.outcome is Outcome.OK

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        ours, ask = self._ministry.known(service), self._asking.get("info")
        if ours.info is not None or ask is None:
            return told_info(service, ours.info, self._ministry.reader)
        result = await ask.one({**self._ministry.service(service)}, deadline)
        ask.agreed(result)
        if result.outcome in MISSING:
            return None
        with ask.reading():
            picked = ask.picked(result.at)
            return read_info(service, picked, self._ministry.reader, may_be_missing=ask.may_be_missing)

    async def _changed_by(
        self, operation: str, found: Application, values: Mapping[str, object], deadline: Deadline
    ) -> Application | None:
        ask = self._asking.get(operation)
        if ask is None:
            return None
        more = {"reference": found.reference, **self._ministry.service(found.service)}
        result = await ask.one({**values, **more}, deadline)
        if result.outcome in MISSING or result.outcome is Outcome.CONFLICT:
            return None  # meanwhile withdrawn, decided or collected
        ask.agreed(result)
        return await self._made(ask, result, found.service, deadline)

    async def _made(self, ask: Asking, result: Result, service: str, deadline: Deadline) -> Application:
        """What a write answered: the whole application, or its reference alone, by which it is then read."""
        with ask.reading():
            picked = ask.picked(result.at)
            if "state" in ask.picks:
                return self._files.application([picked], service)
            reference = self._ministry.reader.reference(picked)
        found = None
        with contextlib.suppress(MinistryError, DeadlineExceeded):
            found = await self.get(reference, deadline)
        if found is None and ask is not self._asking.get("submit"):
            raise MinistryAmbiguous(self._ministry.transport.ministry, f"{ask.name}: written, and then not read")
        # That a new one was taken is certain, whatever else can be read just now.
        return found or Application(reference, service, ApplicationState.RECEIVED)
