"""The four simulated catalogues. Facts are counts and the names of areas; offices, addresses and fees are invented."""

from collections.abc import Callable, Mapping
from random import Random

from sandbox.ministries import vietnam
from sandbox.ministries.hsds_catalogue import Hours, Offer, Shelf, Spot, Words

_SIX_DAYS = (Hours("MO,TU,WE,TH,FR,SA", "09:00", "18:00"),)
_FIVE_DAYS = (Hours("MO,TU,WE,TH,FR", "09:00", "17:00"),)
_SENEGAL = (Hours("MO,TU,WE,TH,FR", "08:00", "13:00"), Hours("MO,TU,WE,TH,FR", "14:00", "17:00"))
_MOROCCO = (Hours("MO,TU,WE,TH,FR", "08:30", "16:30"),)


def _in(*texts: str, languages: str = "az en fr") -> Words:
    return dict(zip(languages.split(), texts, strict=False))


_IDENTITY = _in("Şəxsiyyət vəsiqəsi", "Identity card", "Carte d'identité")
_PHOTO = _in("Foto 3x4", "Photo 3x4", "Photo 3x4")
_FORM = _in("Ərizə", "Application form", "Formulaire")

# Number, town, region, district, north, east: the towns stand about where they are.
_ASAN = (
    (1, "Bakı", "Bakı", "Nərimanov", (40.409, 49.867)),
    (2, "Bakı", "Bakı", "Xətai", (40.377, 49.892)),
    (3, "Bakı", "Bakı", "Yasamal", (40.395, 49.806)),
    (4, "Bakı", "Bakı", "Suraxanı", (40.433, 49.962)),
    (5, "Bakı", "Bakı", "Səbail", (40.349, 49.832)),
    (6, "Sumqayıt", "Abşeron-Xızı", "Sumqayıt", (40.590, 49.669)),
    (7, "Gəncə", "Gəncə-Daşkəsən", "Gəncə", (40.683, 46.361)),
    (8, "Bərdə", "Qarabağ", "Bərdə", (40.374, 47.127)),
    (9, "Sabirabad", "Şirvan-Salyan", "Sabirabad", (40.013, 48.479)),
    (10, "Quba", "Quba-Xaçmaz", "Quba", (41.361, 48.513)),
    (11, "Masallı", "Lənkəran-Astara", "Masallı", (39.034, 48.665)),
    (12, "Mingəçevir", "Mərkəzi Aran", "Mingəçevir", (40.764, 47.059)),
    (13, "Qəbələ", "Şəki-Zaqatala", "Qəbələ", (40.981, 47.846)),
    (14, "İmişli", "Mil-Muğan", "İmişli", (39.871, 48.060)),
    (15, "Şəki", "Şəki-Zaqatala", "Şəki", (41.192, 47.171)),
)
_ABAD = ((1, "Bakı", "Bakı", "Nəsimi", (40.386, 49.842)), (2, "Quba", "Quba-Xaçmaz", "Quba", (41.364, 48.520)),
         (3, "Masallı", "Lənkəran-Astara", "Masallı", (39.030, 48.660)))  # fmt: skip
# That the first of twelve is there is a fact; the others stand in for them.
_INSTITUTIONS = ("Xarici İşlər Nazirliyi", *(f"Dövlət qurumu {number} (demo)" for number in range(2, 13)))
# Key, institution, name, papers, fee, working days.
_AZ_OFFERS = (
    ("id_card", 2, ("Şəxsiyyət vəsiqəsi", "Identity card", "Carte d'identité"), (_PHOTO,), "5.00", "6"),
    ("passport", 1, ("Pasport", "Passport", "Passeport"), (_IDENTITY, _PHOTO), "40.00", "10"),
    ("driving_licence", 3, ("Sürücülük vəsiqəsi", "Driving licence", "Permis de conduire"), (_IDENTITY,), "30.00", "1"),
    ("marriage_certificate", 4, ("Nikah arayışı", "Marriage certificate", "Acte de mariage"), (_IDENTITY,), "0", "1"),
    ("property_extract", 5, ("Əmlak çıxarışı", "Property extract", "Titre de propriété"), (_IDENTITY,), "15.00", "5"),
    ("birth_certificate", 4, ("Doğum şəhadətnaməsi", "Birth certificate", "Acte de naissance"), (_IDENTITY,), "0", "1"),
    ("residence_permit", 6, ("Yaşayış icazəsi", "Residence permit", "Titre de séjour"), (_FORM, _PHOTO), "60.00", "20"),
    ("tax_number", 7, ("VÖEN", "Tax number", "Numéro fiscal"), (_IDENTITY,), "0", "3"),
    ("pension", 8, ("Pensiya", "Pension", "Pension"), (_IDENTITY, _FORM), "0", "10"),
    ("customs_certificate", 9, ("Gömrük arayışı", "Customs certificate", "Attestation douanière"), (_FORM,), "10", "3"),
    ("criminal_record", 10, ("Məhkumluq arayışı", "Criminal record", "Casier judiciaire"), (_IDENTITY,), "0", "2"),
    ("land_register", 11, ("Torpaq reyestri", "Land register", "Cadastre"), (_IDENTITY, _FORM), "20.00", "10"),
    ("archive_extract", 12, ("Arxiv arayışı", "Archive extract", "Extrait d'archives"), (_FORM,), "5.00", "15"),
)  # fmt: skip


def asan_guide() -> Shelf:
    """Fifteen ASAN centres, five of them in Baku, with twelve institutions; three ABAD centres."""
    spots = [
        _spot_az(
            f"asan-{number:02d}", f"ASAN {number} (demo) {town}", number * 3, (town, region, district), at, _SIX_DAYS
        )
        for number, town, region, district, at in _ASAN
    ]
    abad = [
        _spot_az(
            f"abad-{number:02d}", f"ABAD {number} (demo) {town}", 50 + number, (town, region, district), at, _FIVE_DAYS
        )
        for number, town, region, district, at in _ABAD
    ]
    offers = [
        Offer(
            key, _INSTITUTIONS[institution - 1], _in(*names), papers, fee, "AZN", f"{days} working days",
            spots=tuple(spot.key for spot in spots),
        )
        for key, institution, names, papers, fee, days in _AZ_OFFERS
    ]  # fmt: skip
    family = _in("Ailə biznesinə dəstək", "Help for family businesses", "Aide à l'entreprise familiale")
    offers += [
        Offer("family_business", "ABAD", family, (_IDENTITY,), "0", "AZN", spots=tuple(spot.key for spot in abad)),
        # One that is given no more: nobody may be sent there for it.
        Offer("old_certificate", _INSTITUTIONS[1], _in("Köhnə arayış", "Old certificate", "Ancienne attestation"),
              status="defunct", spots=("asan-01",)),
    ]  # fmt: skip
    return Shelf("asan-guide", "az", (*_INSTITUTIONS, "ABAD"), tuple(offers), (*spots, *abad))


def _spot_az(
    key: str, name: str, house: int, area: tuple[str, str, str], at: tuple[float, float], hours: tuple[Hours, ...]
) -> Spot:
    """`area`: town, region, district."""
    town, region, district = area
    street = f"Nümunə küç. {house}" if town == district else f"Nümunə küç. {house}, {town}"
    return Spot(key, name, street, district, region, "AZ", *at, hours, f"+99412000{house:04d}")


_CNIE = {"fr": "CNIE", "ar": "البطاقة الوطنية"}
_TWO_PHOTOS = {"fr": "2 photos", "ar": "صورتان"}
_PROOF = {"fr": "Justificatif de domicile", "ar": "إثبات السكن"}
_FAMILY_BOOK = {"fr": "Livret de famille", "ar": "كناش الحالة المدنية"}
_OLD_PASSPORT = {"fr": "Ancien passeport", "ar": "جواز السفر القديم"}
_MEDICAL = {"fr": "Certificat médical", "ar": "شهادة طبية"}
_MA_OFFERS = (
    ("residence_certificate", {"fr": "Certificat de résidence", "ar": "شهادة السكنى"}, (_CNIE, _PROOF), "0", "1"),
    ("life_certificate", {"fr": "Certificat de vie", "ar": "شهادة الحياة"}, (_CNIE,), "0", "1"),
    ("celibacy_certificate", {"fr": "Certificat de célibat", "ar": "شهادة العزوبة"}, (_CNIE, _FAMILY_BOOK), "0", "2"),
    ("administrative_certificate", {"fr": "Attestation administrative", "ar": "شهادة إدارية"}, (_CNIE,), "0", "3"),
    ("passport", {"fr": "Passeport", "ar": "جواز السفر"}, (_CNIE, _TWO_PHOTOS, _OLD_PASSPORT), "500", "15"),
    ("firearm_permit", {"fr": "Permis de port d'arme", "ar": "رخصة حمل السلاح"}, (_CNIE, _MEDICAL), "", "60"),
)


def berkane_guide() -> Shelf:
    """The guide of procedures of Berkane's annex. That it is the fifth is a fact; its address is invented."""
    annex = Spot(
        "annexe-5", "5e annexe (démo) Berkane", "Rue de l'Exemple 5", "Berkane", "Oriental", "MA",
        34.920, -2.320, _MOROCCO, "+212500000005",
    )  # fmt: skip
    offers = tuple(
        Offer(key, "Pachalik de Berkane", name, papers, fee, "MAD", f"{days} jours", spots=(annex.key,))
        for key, name, papers, fee, days in _MA_OFFERS
    )
    return Shelf("berkane-guide", "fr", ("Pachalik de Berkane",), offers, (annex,))


# Fourteen regions, forty-six departments; about where the region's capital is.
DEPARTMENTS: Mapping[str, tuple[float, float, tuple[str, ...]]] = {
    "Dakar": (14.69, -17.45, ("Dakar", "Guédiawaye", "Keur Massar", "Pikine", "Rufisque")),
    "Diourbel": (14.65, -16.23, ("Bambey", "Diourbel", "Mbacké")),
    "Fatick": (14.34, -16.41, ("Fatick", "Foundiougne", "Gossas")),
    "Kaffrine": (14.11, -15.55, ("Birkilane", "Kaffrine", "Koungheul", "Malem Hodar")),
    "Kaolack": (14.15, -16.08, ("Guinguinéo", "Kaolack", "Nioro du Rip")),
    "Kédougou": (12.56, -12.18, ("Kédougou", "Salémata", "Saraya")),
    "Kolda": (12.89, -14.94, ("Kolda", "Médina Yoro Foulah", "Vélingara")),
    "Louga": (15.62, -16.22, ("Kébémer", "Linguère", "Louga")),
    "Matam": (15.66, -13.26, ("Kanel", "Matam", "Ranérou")),
    "Saint-Louis": (16.03, -16.49, ("Dagana", "Podor", "Saint-Louis")),
    "Sédhiou": (12.71, -15.56, ("Bounkiling", "Goudomp", "Sédhiou")),
    "Tambacounda": (13.77, -13.67, ("Bakel", "Goudiry", "Koumpentoum", "Tambacounda")),
    "Thiès": (14.79, -16.93, ("Mbour", "Thiès", "Tivaouane")),
    "Ziguinchor": (12.57, -16.27, ("Bignona", "Oussouye", "Ziguinchor")),
}
PILOTS = ("Dakar", "Fatick", "Kaolack", "Louga", "Saint-Louis", "Thiès")
_CNI = {"fr": "Carte nationale d'identité"}
_EXTRACT = {"fr": "Extrait de naissance"}
_SN_OFFERS = (
    ("criminal_record", {"fr": "Casier judiciaire"}, (_CNI, _EXTRACT), "200", "3"),
    ("birth_extract", {"fr": "Extrait de naissance"}, (_CNI,), "200", "2"),
    ("nationality_certificate", {"fr": "Certificat de nationalité"}, (_CNI, _EXTRACT), "2000", "10"),
    ("residence_certificate", {"fr": "Certificat de résidence"}, (_CNI,), "200", "1"),
)


def ess_guide() -> Shelf:
    """An Espace Sénégal Services in each department; keys are `ess-` and its name (`ess-saint-louis`)."""
    dice = Random(46)
    spots: list[Spot] = []
    for region, (lat, lon, departments) in DEPARTMENTS.items():
        for number, department in enumerate(departments):
            spots.append(
                Spot(
                    f"ess-{vietnam.bare(department)}", f"ESS {department} (démo)", f"Avenue de l'Exemple {number + 1}",
                    department, region, "SN", round(lat + dice.uniform(-0.3, 0.3), 3),
                    round(lon + dice.uniform(-0.3, 0.3), 3), _SENEGAL, f"+22133{len(spots):07d}",
                )
            )  # fmt: skip
    keys = tuple(spot.key for spot in spots)
    pilots = tuple(f"ess-{vietnam.bare(name)}" for name in PILOTS)
    offers = tuple(
        # The certificate of nationality is tried out on the six pilot sites first.
        Offer(key, "Sénégal Numérique (démo)", name, papers, fee, "XOF", f"{days} jours ouvrables",
              spots=pilots if key == "nationality_certificate" else keys)
        for key, name, papers, fee, days in _SN_OFFERS
    )  # fmt: skip
    return Shelf("ess-guide", "fr", ("Sénégal Numérique (démo)",), offers, tuple(spots))


def hanoi_guide() -> Shelf:
    """13,000 post offices, of which Hanoi's help with services on line."""
    spots = vietnam.post_offices()
    papers = ({"vi": "Căn cước công dân", "en": "Identity card"}, {"vi": "Tờ khai", "en": "Declaration form"})
    keys = tuple(spot.key for spot in spots)
    offers = (
        Offer("criminal_record", "Bưu điện Việt Nam", {"vi": "Phiếu lý lịch tư pháp", "en": "Criminal record"}, papers,
              "200000", "VND", "10 ngày làm việc", spots=tuple(key for key in keys if key.startswith("hn-"))),
        Offer("online_help", "Bưu điện Việt Nam", {"vi": "Hỗ trợ dịch vụ công trực tuyến", "en": "Help with services"},
              (papers[0],), "0", "VND", spots=keys),
    )  # fmt: skip
    return Shelf("hanoi-guide", "vi", ("Bưu điện Việt Nam",), offers, spots)


SHELVES: Mapping[str, Callable[[], Shelf]] = {
    "asan-guide": asan_guide,
    "berkane-guide": berkane_guide,
    "ess-guide": ess_guide,
    "hanoi-guide": hanoi_guide,
}
