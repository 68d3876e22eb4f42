"""What the two simulated desks take: Berkane's observations, proposals and complaints; Senegal's survey and complaints.

Kinds, questions and answers are invented; the survey asks what the Marianne commitments promise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One attribute of a kind. `values`: key and name, for the two types of lists."""

    code: str
    datatype: str
    words: Words
    required: bool = False
    hint: str = ""
    values: tuple[tuple[str, Words], ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A kind. `mode`: `realtime` answers with a number, `batch` with a token, `blackbox` with neither."""

    code: str
    name: Words
    group: str = ""
    mode: str = "realtime"
    asks: tuple[Asked, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """`numbers`: ids are numbers in its JSON; else texts. `prefix` and `first`: of them. `agency`: who answers."""

    zone: ZoneInfo
    agency: str
    kinds: tuple[Taken, ...]
    numbers: bool = False
    first: int = 1
    demos: tuple[tuple[str, str, int], ...] = field(default=())
    """Reports that are there from the first day: kind, words, working days ago."""


def _in(languages: str, *words: str) -> Words:
    return dict(zip(languages.split(), words, strict=True))


def _marks(code: str, question: str) -> Asked:
    scale = ("Très mauvais", "Mauvais", "Moyen", "Bon", "Très bon")
    values = tuple((str(mark), {"fr": f"{mark} {name}"}) for mark, name in enumerate(scale, 1))
    return Asked(code, "singlevaluelist", {"fr": question}, required=True, values=values)


_OFFICES = (
    ("ETAT_CIVIL", _in("fr ar", "État civil", "الحالة المدنية")),
    ("CERTIFICATS", _in("fr ar", "Certificats", "الشواهد الإدارية")),
    ("PASSEPORTS", _in("fr ar", "Passeports", "جوازات السفر")),
    ("ARMES", _in("fr ar", "Permis d'armes", "رخص السلاح")),
)
_OFFICE = Asked("service", "singlevaluelist", _in("fr ar", "Quel service ?", "أي مصلحة؟"), True, values=_OFFICES)
_REASONS = (
    ("ATTENTE", _in("fr ar", "Attente trop longue", "انتظار طويل")),
    ("ACCUEIL", _in("fr ar", "Mauvais accueil", "سوء الاستقبال")),
    ("REFUS", _in("fr ar", "Refus sans motif", "رفض بدون سبب")),
)
_BERKANE = (
    Taken("OBS", _in("fr ar", "Observation", "ملاحظة"), "usagers", notes="Observation lue, merci. تم الاطلاع، شكرا."),
    Taken("PROP", _in("fr ar", "Proposition", "اقتراح"), "usagers", "batch", (_OFFICE,), "Proposition transmise."),
    Taken(
        "DOL",
        _in("fr ar", "Doléance", "شكاية"),
        "usagers",
        asks=(
            _OFFICE,
            Asked("date_faits", "datetime", _in("fr ar", "Quel jour ?", "في أي يوم؟")),
            Asked("motifs", "multivaluelist", _in("fr ar", "Motifs", "الأسباب"), values=_REASONS),
        ),
        notes="Votre doléance a été traitée. تمت معالجة شكايتكم.",
    ),
)
_MATTERS = (("delai", {"fr": "Délai"}), ("accueil", {"fr": "Accueil"}), ("information", {"fr": "Information"}))
_ESS = (
    Taken(
        "MARIANNE",
        {"fr": "Satisfaction après une visite"},
        "qualite",
        asks=(
            _marks("accueil", "Comment avez-vous été reçu ?"),
            _marks("attente", "L'attente était-elle acceptable ?"),
            Asked("lieu", "string", {"fr": "Espace"}, hint="code du lieu"),
            Asked("langue", "string", {"fr": "Langue"}),
        ),
        notes="Merci.",
    ),
    Taken(
        "RECL",
        {"fr": "Réclamation"},
        "qualite",
        asks=(Asked("motif", "singlevaluelist", {"fr": "Motif"}, True, values=_MATTERS),),
        notes="Réclamation traitée : le responsable de l'espace vous contactera.",
    ),
)
DESKS: Mapping[str, DeskFacts] = {
    "berkane-voice": DeskFacts(
        ZoneInfo("Africa/Casablanca"),
        "Annexe administrative, Berkane",
        _BERKANE,
        numbers=True,
        first=2601,
        demos=(("OBS", "Panneau illisible", 9), ("DOL", "Trois visites pour un certificat", 2)),
    ),
    "ess-voice": DeskFacts(
        ZoneInfo("Africa/Dakar"), "Sénégal Services", _ESS, first=700, demos=(("RECL", "Attente de deux heures", 8),)
    ),
}
