"""What the annex of Berkane takes requests for, its words, and invented requests that are there from the start."""

from dataclasses import dataclass

from sandbox.ministries.course import Stage
from sandbox.ministries.references import Numbering, damm_digit

REQUESTS = Numbering("5", 8, damm_digit)
STATES = {
    "10": "Déposée",
    "20": "À l'étude",
    "25": "Transmise à la préfecture",
    "30": "Pièce manquante",
    "40": "Prête au guichet",
    "50": "Remise",
    "60": "Rejetée",
}


@dataclass(frozen=True, slots=True)
class Nature:
    """A kind of request. `fee`: as it is written there; `asked`: the fields of its form."""

    code: int
    words: str
    fee: str
    days: int
    papers: tuple[str, ...]
    asked: tuple[str, ...] = ()


def numbering(nature: int) -> Numbering:
    """How requests of a nature are numbered: its code stands after the 5, so a slip tells what it is of."""
    return Numbering(f"5{nature}", REQUESTS.length, REQUESTS.check)


CERTIFICATE = (Stage("10", 1), Stage("20", 1), Stage("40", 30), Stage("50"))
_PAPERS = (Stage("10", 2), Stage("20", 3), Stage("25", 10), Stage("40", 60), Stage("50"))
NATURES = {
    nature.code: nature
    for nature in (
        Nature(11, "Certificat de résidence", "20,00", 2, ("CNIE", "Justificatif de domicile"), ("nom", "motif")),
        Nature(12, "Certificat de vie", "0,00", 2, ("CNIE",), ("nom",)),
        Nature(13, "Certificat de célibat", "0,00", 3, ("CNIE", "Livret de famille"), ("nom",)),
        Nature(14, "Certificat administratif", "20,00", 5, ("CNIE",), ("nom", "motif")),
        Nature(21, "Passeport biométrique", "500,00", 15, ("CNIE", "Deux photos", "Ancien passeport")),
        Nature(31, "Permis de port d'arme", "1.250,00", 30, ("CNIE", "Certificat médical", "Extrait d'anthropométrie")),
    )
}


# Of each demonstration request: body of its number, nature, stages, working days ago, number of the citizen, born.
DEMOS = (
    ("511000", 11, CERTIFICATE, 4, "+212661234501", "Salma Demo", "12/03/1984", "482913"),
    ("521001", 21, _PAPERS, 8, "+212661234501", "Salma Demo", "12/03/1984", "175204"),
    ("531002", 31, _PAPERS, 20, "+212661234502", "Driss Demo", "02/11/1971", "639052"),
    ("512003", 12, (Stage("10", 1), Stage("30", 60)), 3, "+212661234503", "Hind Demo", "25/06/1990", "904417"),
    ("531004", 31, (Stage("10", 2), Stage("20", 9), Stage("60")), 30, "+212661234504", "Omar Demo", "30/01/1968",
     "218360"),
    ("511005", 11, (Stage("10", 1), Stage("77")), 5, "+212661234505", "Zineb Demo", "08/09/1995", "557821"),
)  # fmt: skip
