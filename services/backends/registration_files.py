"""Reads Registration 0.1.1's application files and services into canonical values."""

from collections.abc import Callable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from domain.errors import InvalidValue
from domain.states import ApplicationState
from services.backends import reading
from services.backends.config import InfoPicks, RegistrationConfig
from services.backends.reading import Misread, Pick, needed, record, records, text
from services.values import Application, Change, HistoryStep, Localised, ServiceInfo

# `CODE/phase` first, then `CODE`: the standard's four codes, made finer by the phase that many ministries add.
STATES: Mapping[str, str] = {
    "PENDING": "in_review",
    "PENDING/received": "received",
    "PENDING/in_review": "in_review",
    "SENDBACK": "action_required",
    "REJECTED": "refused",
    "APPROVED": "granted",
    "APPROVED/granted": "granted",
    "APPROVED/card_ready": "ready_for_pickup",
    "APPROVED/collected": "collected",
}
_OURS = {state.value: state for state in ApplicationState}
_WAITING = frozenset({ApplicationState.RECEIVED, ApplicationState.IN_REVIEW, ApplicationState.ACTION_REQUIRED})


class FileReader:
    """Compiles the pack's picks once; raises `InvalidValue` for a bad expression, state or zone."""

    def __init__(self, config: RegistrationConfig, due: Callable[[str, date], date | None]) -> None:
        self._config = config
        self._due = due
        self._zone = _zone(config.zone)
        self._states = {key: _state(word) for key, word in {**STATES, **config.states}.items()}
        self._roots = Pick(config.single_data), Pick(config.list_data)
        self._changed = Pick(config.changed)
        self._document_urls, self._uploaded = Pick(config.document_urls), Pick(config.uploaded)
        self._codes = {service.service_id.lower(): code for code, service in config.services.items()}
        self._picks = {
            code: {name: Pick(getattr(service.picks, name)) for name in service.picks.__struct_fields__}
            for code, service in config.services.items()
        }

    def single(self, answer: object) -> Application:
        """From `applicationFileResponse`; raises `Misread`, as all readers here."""
        return self._read(record(answer, "application"), self._roots[0])

    def listed(self, item: object) -> Application:
        """From `applicantApplicationFileListResponse`, whose data stand elsewhere."""
        return self._read(record(item, "application"), self._roots[1])

    def change(self, item: object) -> Change:
        """That it changed, and when, from an item of the list."""
        file = record(item, "application")
        at = reading.moment(self._changed(file), "changed", self._zone)
        if at is None:
            raise Misread("changed is missing")
        return Change(needed(file.get("fileId"), "fileId"), at)

    def document_urls(self, answer: object) -> list[str]:
        """The documents that an application names, in its order."""
        given = self._document_urls(record(answer, "application"))
        if given is not None and not isinstance(given, list):
            raise Misread("documentUrls is not a list")
        return [url for item in given or () if (url := text(item, "documentUrls"))]

    def uploaded(self, answer: object) -> str:
        """The address of what was uploaded."""
        return needed(self._uploaded(answer), "url")

    def _read(self, file: Mapping[str, object], root: Pick) -> Application:
        reference = needed(file.get("fileId"), "fileId")
        service = self._codes.get(text(file.get("serviceId"), "serviceId").lower())
        if service is None:
            raise Misread("serviceId is not one of the pack's")
        document = {"file": file, "data": root(file) or {}}
        found = {name: pick(document) for name, pick in self._picks[service].items()}
        state = self._state(file, text(found["phase"], "phase"))
        submitted_on = reading.day(found["submitted_on"], "submitted_on", self._zone)
        return Application(
            reference=reference,
            service=service,
            state=state,
            ministry_word=_title(file),
            submitted_on=submitted_on,
            due_on=self._due_on(service, state, submitted_on, found["due_on"]),
            amount=reading.money(found["amount"], found["currency"] or self._config.currency, "amount"),
            until=reading.day(found["until"], "until", self._zone),
            reason=reading.words(found["reason"], "reason"),
            needs=reading.many_words(found["needs"], "needs"),
            pickup=reading.pickup(found["pickup"], self._zone),
            pickup_choices=reading.places(found["pickup_choices"]),
            contact=reading.contact(found["contact"], self._config.region),
            birth_date=reading.day(found["birth_date"], "birth_date", self._zone),
            slip_key=text(found["slip_key"], "slip_key"),
            idempotency_key=text(found["idempotency_key"], "idempotency_key"),
            answers=_answers(document["data"]),
            history=self._history(found["history"]),
            delivery=reading.delivery(found["delivery"], self._zone),
            fee=reading.fee(found["fee"], self._config.currency, self._zone),
        )

    def _history(self, told: object) -> tuple[HistoryStep, ...]:
        """Each step's state as `states` names it, or one of ours."""
        steps: list[HistoryStep] = []
        for item in records(told, "history") if told is not None else ():
            on = reading.day(item.get("day"), "history day", self._zone)
            if on is None:
                raise Misread("history day is missing")
            said = text(item.get("state"), "history state")
            ours = self._states.get(said) or _OURS.get(said, ApplicationState.UNKNOWN)
            steps.append(HistoryStep(on, ours, reading.words(item.get("word"), "history word")))
        return tuple(sorted(steps, key=lambda step: step.on))

    def _state(self, file: Mapping[str, object], phase: str) -> ApplicationState:
        code = _code(file)
        state = self._states.get(f"{code}/{phase}") or self._states.get(code, ApplicationState.UNKNOWN)
        if file.get("ended") is True and state in _WAITING:
            return ApplicationState.CLOSED  # nothing more will come of it, whatever its code still says
        return state

    def _due_on(self, service: str, state: ApplicationState, submitted_on: date | None, said: object) -> date | None:
        told = reading.day(said, "due_on", self._zone)
        if told or submitted_on is None or state not in _WAITING:
            return told
        try:
            return self._due(service, submitted_on)
        except (OverflowError, ValueError):
            raise Misread("submitted_on lies outside the calendar") from None


def read_info(service: str, answer: object, picks: InfoPicks, currency: str) -> ServiceInfo:
    """From `service`, whose `serviceBody` is a list of codes and values; raises `Misread`."""
    told = record(answer, "service")
    if not {"id", "name", "serviceBody"} & told.keys():
        raise Misread("what is told is no service")
    body = told.get("serviceBody")
    documents: dict[str, list[str]] = {}
    found: dict[str, object] = {}
    for entry in records(body, "serviceBody") if body is not None else []:
        code, value = text(entry.get("code"), "code"), entry.get("value")
        if code == picks.document or code.startswith(picks.document + "."):
            language = code[len(picks.document) + 1 :]
            documents.setdefault(language, []).append(text(value, "document"))
        else:
            found[code] = value
    return ServiceInfo(
        service=service,
        documents=_side_by_side(documents),
        fee=reading.money(found.get(picks.fee), found.get(picks.currency) or currency, "fee"),
        days=reading.whole(found.get(picks.days), "days"),
    )


def _side_by_side(by_language: Mapping[str, list[str]]) -> tuple[Localised, ...]:
    """The n-th document of each language are the same one."""
    most = max((len(listed) for listed in by_language.values()), default=0)
    return tuple(
        {language: listed[place] for language, listed in by_language.items() if place < len(listed)}
        for place in range(most)
    )


def _status(file: Mapping[str, object]) -> Mapping[str, object]:
    return record(file.get("status"), "status")


def _code(file: Mapping[str, object]) -> str:
    status = file.get("status")
    return needed(_status(file).get("code"), "status code") if not isinstance(status, str) else status


def _answers(data: object) -> Mapping[str, object]:
    """All of the data object: who shows a form takes what the form asks for, so that it can be amended."""
    return record(data, "data") if isinstance(data, Mapping) else {}


def _title(file: Mapping[str, object]) -> str:
    status = file.get("status")
    if isinstance(status, str):
        return status
    return text(_status(file).get("title"), "status title") or _code(file)


def _state(word: str) -> ApplicationState:
    try:
        return ApplicationState(word)
    except ValueError:
        raise InvalidValue(f"not a state: {word!r}") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise InvalidValue(f"not a time zone: {name!r}") from None
