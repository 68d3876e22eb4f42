"""A ministry's filing cabinet: applications handed in, found, amended, and their pickup points changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from sandbox.ministries.catalogue import Service
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.form_check import faults_in
from sandbox.ministries.places import BRANCHES, branch
from sandbox.ministries.wire import Json, group, number, texts
from sandbox.ministries.workdays import working_days_after


class Refused(Exception):
    """The ministry says no: an HTTP status, a code for machines, a sentence for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Registry:
    """The applications of one ministry, in memory; `first` is the `sequence` that each begins with."""

    def __init__(
        self,
        services: tuple[Service, ...],
        clock: SandboxClock,
        random: Random,
        told: Callable[[Dossier], None] | None = None,
        first: int = 1,
    ) -> None:
        self.services = services
        self._told = told
        self._first = first
        self._clock = clock
        self._random = random
        self._dossiers: dict[str, Dossier] = {}

    def service(self, service_id: str) -> Service:
        for service in self.services:
            if service.id == service_id:
                return service
        raise Refused(404, "service_not_found", "no such service")

    def file(self, dossier: Dossier) -> None:
        dossier.told = self._told
        dossier.sequence = self._first
        self._dossiers[dossier.file_id] = dossier

    def holds(self, file_id: str) -> bool:
        return file_id in self._dossiers

    def get(self, file_id: str) -> Dossier:
        """The application, brought up to date; raises `Refused` 404."""
        dossier = self._dossiers.get(file_id)
        if dossier is None:
            raise Refused(404, "application_not_found", "no such application")
        dossier.move(self._clock)
        return dossier

    def all(self) -> list[Dossier]:
        for dossier in self._dossiers.values():
            dossier.move(self._clock)
        return sorted(self._dossiers.values(), key=lambda dossier: dossier.registered)

    def changed(self, since: datetime) -> list[Dossier]:
        """What has changed at `since` or later, the newest change first."""
        found = [dossier for dossier in self.all() if dossier.last_change >= since]
        return sorted(found, key=lambda dossier: dossier.last_change, reverse=True)

    def of(self, applicant_id: str | None, service_id: str | None) -> list[Dossier]:
        """Applications of an applicant (her id, or the number that she registered), the newest first."""
        wanted = number(applicant_id) if applicant_id else None
        return [
            dossier
            for dossier in reversed(self.all())
            if (wanted is None or wanted in (dossier.applicant_id, dossier.phone))
            and (not service_id or dossier.service.id == service_id)
        ]

    def submit(self, service_id: str, sent: Json, key: str | None) -> Dossier:
        """File a new application; raises `Refused` 404 or 400."""
        service = self.service(service_id)
        applicant = str(sent.get("applicantId") or "").strip()
        if not applicant:
            raise Refused(400, "applicant_missing", "applicantId is required")
        answers = self._answers(service, sent)
        now = self._clock.now()
        dossier = Dossier(
            file_id=service.numbering.fresh(self._random, self._dossiers),
            service=service,
            applicant_id=applicant,
            application_name=str(sent.get("applicationName") or service.name),
            phone=str(answers.get("phone") or (applicant if applicant.startswith("+") else "")),
            birth_date=str(answers.get("birthDate") or ""),
            slip_key=f"{self._random.randrange(1_000_000):06d}",
            answers=answers,
            registered=now,
            phase=Phase.RECEIVED,
            entered=now.astimezone(service.home.zone),
            read_at=now.astimezone(service.home.zone),
            mark=self._clock.mark(),
            document_urls=texts(sent.get("documentUrls")),
            idempotency_key=key,
            language=str(answers.get("contactLanguage") or ""),
        )
        dossier.steps.append((dossier.entered.date(), Phase.RECEIVED))
        self.file(dossier)
        if self._told is not None:
            self._told(dossier)
        return dossier

    def change(self, file_id: str, sent: Json) -> Dossier:
        """What a PUT asks: another pickup point, more documents, or new answers to a sent-back application."""
        dossier = self.get(file_id)
        data = group(group(sent, "formData"), "data")
        if not data and sent.get("documentUrls"):
            self._attach(dossier, texts(sent["documentUrls"]))
        elif "pickupChoice" in data:
            self._choose_pickup(dossier, str(data["pickupChoice"]))
        elif dossier.phase is Phase.SENT_BACK:
            merged = dossier.answers | data
            if problems := faults_in(merged, dossier.service.e_form):
                raise Refused(400, "form_invalid", "; ".join(problems))
            dossier.answers, dossier.needs = merged, ()
            dossier.document_urls += texts(sent.get("documentUrls"))
            dossier.hurried = True
            dossier.enter(Phase.IN_REVIEW, self._clock)
        else:
            raise Refused(409, "not_sent_back", "the application was not sent back to the applicant")
        return dossier

    def enter(self, dossier: Dossier, phase: Phase) -> None:
        """An operator's decision."""
        dossier.enter(phase, self._clock)

    def _answers(self, service: Service, sent: Json) -> dict[str, Any]:
        form = group(sent, "formData")
        if form.get("eFormId") not in (None, "", service.e_form_id):
            raise Refused(400, "form_unknown", "the eForm is not one of this service")
        answers = group(form, "data")
        if problems := faults_in(answers, service.e_form):
            raise Refused(400, "form_invalid", "; ".join(problems))
        return answers

    @staticmethod
    def _attach(dossier: Dossier, urls: list[str]) -> None:
        if dossier.phase not in (Phase.RECEIVED, Phase.IN_REVIEW, Phase.SENT_BACK):
            raise Refused(409, "decided", "the application is decided")
        dossier.document_urls += [url for url in urls if url not in dossier.document_urls]

    def _choose_pickup(self, dossier: Dossier, branch_id: str) -> None:
        chosen = branch(branch_id)
        if chosen is None:
            raise Refused(400, "pickup_unknown", f"pickup points are {[known.id for known in BRANCHES]}")
        if chosen == dossier.branch and dossier.phase is Phase.CARD_READY:
            return  # asked twice: nothing to move
        if dossier.phase is not Phase.CARD_READY or not dossier.choosable:
            raise Refused(409, "pickup_fixed", "the pickup point of this application cannot be changed")
        dossier.branch = chosen
        today = self._clock.local().date()
        dossier.available_from = working_days_after(today, 3)  # the card travels
        dossier.change(self._clock.now(), tell=False)  # she chose it herself


def stamp(instant: datetime) -> str:
    """An instant as GovStack's examples write it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
