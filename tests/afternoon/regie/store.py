"""The requests, visits and journal, in memory."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zlib import crc32

from tests.afternoon.regie.data import (
    AGENCES,
    CLIENTS,
    REQUIRED,
    SLOTS,
    Change,
    Demande,
    Event,
    Rdv,
    demo_requests,
    is_holiday,
)
from tests.afternoon.regie.formats import ApiError, Clock, local, real_clock


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which an agency's technician may come."""

    id: str
    agence: str
    debut: datetime
    fin: datetime


@dataclass(frozen=True, slots=True)
class NewRequest:
    """The checked fields of a request to open."""

    client: str
    type: str
    adresse: str
    quartier: str
    agence: str
    pieces: tuple[str, ...]


def _at(day: date, clock_face: int) -> datetime:
    return datetime(day.year, day.month, day.day, clock_face // 100, clock_face % 100)


def day_slots(agence: str, day: date) -> list[Slot]:
    """Every slot of one agency's technician on one day, taken or not."""
    weekdays = {line[0] for a in AGENCES if a.code == agence for line in a.horaires}
    if day.isoweekday() > 5 or day.isoweekday() not in weekdays or is_holiday(day):
        return []
    return [Slot(f"{agence}-{day:%Y%m%d}-{a:04d}", agence, _at(day, a), _at(day, b)) for a, b in SLOTS]


def find_slot(slot_id: str) -> Slot | None:
    """The slot of that id, if there is one."""
    parts = slot_id.split("-")
    if len(parts) != 3:
        return None
    try:
        day = datetime.strptime(parts[1], "%Y%m%d").date()
    except ValueError:
        return None
    return next((slot for slot in day_slots(parts[0], day) if slot.id == slot_id), None)


def _works(slot: Slot) -> bool:
    """Whether the works teams hold the slot (always the same ones, about one in five)."""
    return crc32(slot.id.encode()) % 5 == 0


class Store:
    """All that the API knows; one per application."""

    def __init__(self, clock: Clock = real_clock) -> None:
        self._clock = clock
        self.agences = {agence.code: agence for agence in AGENCES}
        self.clients = {client.code: client for client in CLIENTS}
        self.demandes = {demande.numero: demande for demande in demo_requests()}
        self.rdv: dict[str, Rdv] = {}
        self.journal: list[Change] = []
        self._next_demande = 4432
        self._next_rdv = 1201
        for demande in self.demandes.values():
            self._journal_history(demande)
        self.journal.sort(key=lambda change: change.quand)

    def now(self) -> datetime:
        """The local wall time."""
        return local(self._clock())

    def _journal_history(self, demande: Demande) -> None:
        before: str | None = None
        for event in demande.historique:
            nature = "statut" if before else "creation"
            self.journal.append(Change(event.quand, "demande", demande.numero, nature, before, event.statut))
            before = event.statut

    def changes(self, since: datetime) -> list[Change]:
        """The journal from that moment (included) until now, oldest first."""
        now = self.now()
        return [change for change in self.journal if since <= change.quand <= now]

    def open_request(self, new: NewRequest) -> Demande:
        """Open a request, unless the client has one of that type under way."""
        for other in self.demandes.values():
            if other.ouverte and (other.client, other.type) == (new.client, new.type):
                raise ApiError(409, "D409", "Demande deja ouverte pour ce client et ce type", numero=other.numero)
        now = self.now()
        missing = [piece for piece in REQUIRED[new.type] if piece not in new.pieces]
        numero = f"DB-{now.year}-{self._next_demande:06d}"
        self._next_demande += 1
        history = [Event(now, "EN", "API")]
        if missing:
            history.append(Event(now, "IN", "API", "pieces manquantes"))
        demande = Demande(numero, new.client, new.type, new.adresse, new.quartier, new.agence, missing, history)
        self.demandes[numero] = demande
        self._journal_history(demande)
        return demande

    def set_status(
        self,
        numero: str,
        statut: str,
        commentaire: str = "",
        montant: int | None = None,
        manquantes: tuple[str, ...] = (),
    ) -> Demande:
        """What the back office does in its own screens; not offered by HTTP."""
        demande = self.demandes[numero]
        before, now = demande.statut, self.now()
        demande.historique.append(Event(now, statut, "BO", commentaire))
        demande.montant = demande.montant if montant is None else montant
        demande.manquantes = list(manquantes)
        self.journal.append(Change(now, "demande", numero, "statut", before, statut))
        return demande

    def is_free(self, slot: Slot) -> bool:
        """Whether nobody holds the slot."""
        held = any(rdv.creneau == slot.id and rdv.statut == "CF" for rdv in self.rdv.values())
        return not held and not _works(slot)

    def free_slots(self, agence: str, first: date, last: date) -> list[Slot]:
        """The free slots still to come, both days included."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        now = self.now()
        return [s for day in days for s in day_slots(agence, day) if s.debut > now and self.is_free(s)]

    def _check_slot(self, slot: Slot, demande: Demande) -> None:
        if slot.agence != demande.agence:
            raise ApiError(409, "R414", "Creneau d'une autre agence", agence=demande.agence)
        if slot.debut <= self.now():
            raise ApiError(409, "R412", "Creneau passe")
        if not self.is_free(slot):
            raise ApiError(409, "R409", "Creneau deja pris", creneau=slot.id)

    def book(self, demande: Demande, slot: Slot, commentaire: str) -> Rdv:
        """Book a visit for a request."""
        if not demande.ouverte:
            raise ApiError(409, "R410", "Demande close", statut=demande.statut)
        now = self.now()
        current = self.rdv.get(demande.rdv or "")
        if current and current.fin > now:
            raise ApiError(409, "R411", "Un rendez-vous existe deja", rdv=current.id)
        self._check_slot(slot, demande)
        rdv = Rdv(f"RV-{self._next_rdv:05d}", demande.numero, slot.id, slot.debut, slot.fin, now, now, commentaire)
        self._next_rdv += 1
        self.rdv[rdv.id] = rdv
        demande.rdv = rdv.id
        self.journal.append(Change(now, "rdv", rdv.id, "creation", None, slot.id))
        return rdv

    def move(self, rdv: Rdv, slot: Slot) -> Rdv:
        """Move a visit to another slot; its own slot is no change."""
        now = self.now()
        if rdv.statut != "CF" or rdv.debut <= now:
            raise ApiError(409, "R412", "Rendez-vous passe ou annule")
        if slot.id == rdv.creneau:
            return rdv
        self._check_slot(slot, self.demandes[rdv.demande])
        self.journal.append(Change(now, "rdv", rdv.id, "deplacement", rdv.creneau, slot.id))
        rdv.creneau, rdv.debut, rdv.fin, rdv.maj = slot.id, slot.debut, slot.fin, now
        return rdv

    def cancel(self, rdv: Rdv) -> None:
        """Cancel a visit; a second time changes nothing."""
        now = self.now()
        if rdv.statut == "AN":
            return
        if rdv.debut <= now:
            raise ApiError(409, "R412", "Rendez-vous passe ou annule")
        rdv.statut, rdv.maj = "AN", now
        self.demandes[rdv.demande].rdv = None
        self.journal.append(Change(now, "rdv", rdv.id, "annulation", rdv.creneau, None))
