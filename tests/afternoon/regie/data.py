"""Records, reference lists and demo requests (every name and number is invented)."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Client:
    """A customer of the utility."""

    code: str
    nom: str
    telephone: str
    langue: str


@dataclass(frozen=True, slots=True)
class Agence:
    """An agency; horaires holds (ISO weekday, opens, closes)."""

    code: str
    nom: str
    nom_ar: str
    adresse: str
    quartier: str
    telephone: str
    horaires_texte: str
    horaires: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a request's history."""

    quand: datetime
    statut: str
    agent: str
    commentaire: str = ""


@dataclass(slots=True)
class Demande:
    """A connection request."""

    numero: str
    client: str
    type: str
    adresse: str
    quartier: str
    agence: str
    manquantes: list[str]
    historique: list[Event]
    montant: int | None = None
    rdv: str | None = None

    @property
    def statut(self) -> str:
        """The present status."""
        return self.historique[-1].statut

    @property
    def ouverte(self) -> bool:
        """Whether the request is still under way."""
        return self.statut not in CLOSED


@dataclass(slots=True)
class Rdv:
    """A technician's visit."""

    id: str
    demande: str
    creneau: str
    debut: datetime
    fin: datetime
    cree: datetime
    maj: datetime
    commentaire: str = ""
    statut: str = "CF"


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the journal of changes."""

    quand: datetime
    objet: str
    reference: str
    nature: str
    avant: str | None
    apres: str | None


STATUTS = {
    "EN": "En cours",
    "IN": "Dossier incomplet",
    "AC": "Accepte",
    "DV": "Devis envoye",
    "PA": "Devis paye",
    "PL": "Pose planifiee",
    "PO": "Compteur pose",
    "RJ": "Rejete",
    "AN": "Annule",
}
CLOSED = frozenset({"PO", "RJ", "AN"})
TYPES = {"EP": "Eau potable", "AS": "Assainissement", "CH": "Compteur provisoire de chantier"}
PIECES = {
    "P01": ("Copie de la carte nationale", "نسخة من البطاقة الوطنية للتعريف"),
    "P02": ("Titre de propriété ou contrat de bail", "رسم الملكية أو عقد الكراء"),
    "P03": ("Plan de situation", "تصميم الموقع"),
    "P04": ("Permis d'habiter", "رخصة السكن"),
    "P05": ("Autorisation de construire", "رخصة البناء"),
}
REQUIRED = {"EP": ("P01", "P02", "P03"), "AS": ("P01", "P02", "P03", "P04"), "CH": ("P01", "P03", "P05")}
SLOTS = ((830, 1030), (1030, 1230), (1430, 1630))
HOLIDAYS = frozenset(
    [(1, 1), (1, 11), (1, 14), (5, 1), (7, 30), (8, 14), (8, 20), (8, 21), (10, 31), (11, 6), (11, 18)]
)

_WEEK = tuple((day, "08:30", "16:30") for day in range(1, 5))
_FRIDAY = ((5, "08:30", "12:00"), (5, "14:30", "16:30"))
_TEXT = "Lun-Jeu 8h30-16h30 ; Ven 8h30-12h et 14h30-16h30"

AGENCES = (
    Agence(
        "AG01",
        "Agence Tamra Centre",
        "وكالة تامرة المركز",
        "14, avenue des Oliviers",
        "Centre",
        "0500 00 01 01",
        _TEXT + " ; Sam 9h-12h (caisse seulement)",
        (*_WEEK, *_FRIDAY, (6, "09:00", "12:00")),
    ),
    Agence(
        "AG02",
        "Agence Aïn Zitoun",
        "وكالة عين الزيتون",
        "Place du Marché, lot 3",
        "Aïn Zitoun",
        "0500 00 01 02",
        _TEXT,
        (*_WEEK, *_FRIDAY),
    ),
    Agence(
        "AG03",
        "Guichet Oued Rmel",
        "شباك واد الرمل",
        "Km 4, route de la Source",
        "Oued Rmel",
        "",
        "Mar et Jeu 9h-13h",
        ((2, "09:00", "13:00"), (4, "09:00", "13:00")),
    ),
)
CLIENTS = (
    Client("C0018832", "BENCHARKI Salwa", "0600000011", "ar"),
    Client("C0020417", "TAMRANI Idriss", "0600000012", "fr"),
    Client("C0021950", "STE ZITOUN BATI SARL", "0500000013", "fr"),
    Client("C0023306", "OUBRAHIM Lahcen", "", "ar"),
    Client("C0024071", "EL MESKINI Houda", "0600000015", "fr"),
)


def _events(*lines: str) -> list[Event]:
    """History from lines such as '2026-11-02T09:12:00 EN GU02 depot au guichet'."""
    parts = [line.split(" ", 3) for line in lines]
    return [Event(datetime.fromisoformat(p[0]), p[1], p[2], p[3] if len(p) > 3 else "") for p in parts]


def demo_requests() -> list[Demande]:
    """A fresh copy of the demo requests."""
    deposit = _events("2026-11-02T09:12:00 EN GU02 depot au guichet")
    incomplete = _events("2026-11-09T10:24:00 EN GU01", "2026-11-12T15:40:00 IN INS3 plan illisible")
    accepted = _events("2026-10-19T11:05:00 EN GU01", "2026-11-16T09:30:00 AC INS1 avis technique favorable")
    quoted = _events(
        "2026-10-05T08:51:00 EN WEB", "2026-10-20T14:02:00 AC INS1", "2026-11-19T16:11:00 DV FAC2 devis DV-2026-0871"
    )
    fitted = _events(
        "2026-08-24T09:00:00 EN GU02",
        "2026-09-07T10:15:00 AC INS3",
        "2026-09-10T12:00:00 DV FAC1",
        "2026-09-15T09:47:00 PA CAI1",
        "2026-09-28T17:20:00 PL EXP2",
        "2026-10-08T11:33:00 PO T04 compteur 26-118204",
    )
    rejected = _events("2026-10-26T15:55:00 EN WEB", "2026-11-20T10:08:00 RJ INS1 hors perimetre du reseau")
    zitoun = ("Lot 27, lotissement Al Bassatine", "Aïn Zitoun", "AG02")
    return [
        Demande("DB-2026-004102", "C0018832", "EP", "9, rue des Puits", "Centre", "AG01", [], fitted, 342000),
        Demande("DB-2026-004350", "C0021950", "CH", *zitoun, [], quoted, 125050),
        Demande("DB-2026-004388", "C0020417", "EP", "3, derb El Warda", "Centre", "AG01", [], accepted),
        Demande("DB-2026-004401", "C0023306", "EP", "Douar Sidi Rmel", "Oued Rmel", "AG03", [], rejected),
        Demande("DB-2026-004417", "C0018832", "AS", "9, rue des Puits", "Centre", "AG01", [], deposit),
        Demande("DB-2026-004431", "C0024071", "EP", *zitoun, ["P02", "P03"], incomplete),
    ]


def is_holiday(day: date) -> bool:
    """Whether the day is a fixed public holiday (the religious ones are not in the list)."""
    return (day.month, day.day) in HOLIDAYS
