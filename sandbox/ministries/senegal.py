"""The Espaces Sénégal Services: one in each department, of which six are pilot sites; streets are invented."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Fourteen regions and their forty-six departments; about where each department's capital stands, north and east.
DEPARTMENTS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "Dakar": {
        "Dakar": (14.693, -17.447), "Guédiawaye": (14.777, -17.400), "Keur Massar": (14.782, -17.312),
        "Pikine": (14.755, -17.391), "Rufisque": (14.716, -17.273),
    },
    "Diourbel": {"Bambey": (14.700, -16.450), "Diourbel": (14.655, -16.233), "Mbacké": (14.804, -15.910)},
    "Fatick": {"Fatick": (14.339, -16.411), "Foundiougne": (14.133, -16.467), "Gossas": (14.493, -16.066)},
    "Kaffrine": {
        "Birkilane": (14.128, -15.749), "Kaffrine": (14.106, -15.551), "Koungheul": (13.983, -14.803),
        "Malem Hodar": (14.088, -15.294),
    },
    "Kaolack": {"Guinguinéo": (14.270, -15.951), "Kaolack": (14.152, -16.073), "Nioro du Rip": (13.750, -15.783)},
    "Kédougou": {"Kédougou": (12.557, -12.176), "Salémata": (12.633, -12.817), "Saraya": (12.836, -11.756)},
    "Kolda": {"Kolda": (12.883, -14.950), "Médina Yoro Foulah": (13.293, -14.714), "Vélingara": (13.150, -14.117)},
    "Louga": {"Kébémer": (15.371, -16.445), "Linguère": (15.395, -15.119), "Louga": (15.614, -16.224)},
    "Matam": {"Kanel": (15.492, -13.176), "Matam": (15.656, -13.255), "Ranérou": (15.300, -13.960)},
    "Saint-Louis": {"Dagana": (16.517, -15.504), "Podor": (16.651, -14.960), "Saint-Louis": (16.033, -16.500)},
    "Sédhiou": {"Bounkiling": (13.042, -15.698), "Goudomp": (12.577, -15.873), "Sédhiou": (12.708, -15.557)},
    "Tambacounda": {
        "Bakel": (14.904, -12.459), "Goudiry": (14.184, -12.716), "Koumpentoum": (13.983, -14.556),
        "Tambacounda": (13.771, -13.667),
    },
    "Thiès": {"Mbour": (14.420, -16.964), "Thiès": (14.791, -16.926), "Tivaouane": (14.950, -16.817)},
    "Ziguinchor": {"Bignona": (12.808, -16.226), "Oussouye": (12.485, -16.547), "Ziguinchor": (12.568, -16.272)},
}  # fmt: skip
PILOTS = ("Dakar", "Fatick", "Kaolack", "Louga", "Saint-Louis", "Thiès")


@dataclass(frozen=True, slots=True)
class Espace:
    """An Espace; `number` counts from 1 in the order of the regions."""

    number: int
    region: str
    department: str
    at: tuple[float, float]

    @property
    def id(self) -> str:
        apart = unicodedata.normalize("NFKD", self.department.casefold())
        letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
        return f"ess-{re.sub(r'[^a-z]+', '-', letters)}"

    @property
    def name(self) -> str:
        return f"ESS {self.department} (démo)"

    @property
    def street(self) -> str:
        return f"Avenue de l'Exemple {self.number}"

    @property
    def phone(self) -> str:
        return f"+22133{self.number:07d}"


def _espaces() -> Iterator[Espace]:
    number = 0
    for region, departments in DEPARTMENTS.items():
        for department, at in departments.items():
            number += 1
            yield Espace(number, region, department, at)


ESPACES = tuple(_espaces())
PILOT_IDS = tuple(espace.id for espace in ESPACES if espace.department in PILOTS)
