"""The four simulated catalogues. Facts are counts and the names of areas; offices, addresses and fees are invented."""

from collections.abc import Callable, Mapping

from sandbox.ministries import senegal, vietnam
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
_DOCTOR = _in("Tibbi arayış", "Medical certificate", "Certificat médical")
_HOSPITAL = _in("Xəstəxana arayışı", "Hospital's certificate", "Certificat de l'hôpital")
_HOME = _in("Evin sənədi", "Paper of the home", "Titre du logement")
_SALE = _in("Alqı-satqı müqaviləsi", "Contract of sale", "Contrat de vente")

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
# The centres of Baku and Ganja, and one more in each direction: what is asked for rarely is done there alone.
_LARGE = tuple(f"asan-{number:02d}" for number in (1, 2, 3, 4, 5, 7))
_MORE = (*_LARGE, "asan-06", "asan-10", "asan-11", "asan-12")
_ALL = tuple(f"asan-{number:02d}" for number in range(1, 16))
# A sample of the 320. Key, institution, name, papers, fee, working days, where.
_AZ_OFFERS = (
    ("id_card", 2, ("Şəxsiyyət vəsiqəsi", "Identity card", "Carte d'identité"), (_PHOTO,), "5.00", "6", _ALL),
    ("passport", 1, ("Pasport", "Passport", "Passeport"), (_IDENTITY, _PHOTO), "40.00", "10", _ALL),
    ("driving_licence", 3, ("Sürücülük vəsiqəsi", "Driving licence", "Permis de conduire"),
     (_IDENTITY, _DOCTOR), "30.00", "1", _ALL),
    ("marriage_certificate", 4, ("Nikah şəhadətnaməsi", "Marriage certificate", "Acte de mariage"),
     (_IDENTITY,), "0", "1", _ALL),
    ("property_extract", 5, ("Əmlak çıxarışı", "Property extract", "Extrait foncier"),
     (_IDENTITY,), "15.00", "5", _ALL),
    ("birth_certificate", 4, ("Doğum şəhadətnaməsi", "Birth certificate", "Acte de naissance"),
     (_IDENTITY, _HOSPITAL), "0", "1", _ALL),
    ("address_registration", 2, ("Ünvan qeydiyyatı", "Registering an address", "Domicile"),
     (_IDENTITY, _HOME), "0", "3", _ALL),
    ("criminal_record", 10, ("Məhkumluq arayışı", "Criminal record", "Casier judiciaire"),
     (_IDENTITY,), "0", "2", _ALL),
    ("vehicle_registration", 3, ("Avtomobil qeydiyyatı", "Registering a car", "Carte grise"),
     (_IDENTITY, _SALE), "50.00", "1", _MORE),
    ("pension", 8, ("Pensiya", "Pension", "Retraite"), (_IDENTITY, _FORM), "0", "10", _ALL),
    ("tax_number", 7, ("VÖEN", "Tax number", "Numéro fiscal"), (_IDENTITY,), "0", "3", _MORE),
    ("business_registration", 7, ("Biznes qeydiyyatı", "Registering a business", "Créer une entreprise"),
     (_IDENTITY, _FORM), "0", "3", _MORE),
    ("power_of_attorney", 5, ("Etibarnamə", "Power of attorney", "Procuration"),
     (_IDENTITY,), "12.00", "1", _MORE),
    ("death_certificate", 4, ("Ölüm şəhadətnaməsi", "Death certificate", "Acte de décès"),
     (_IDENTITY, _HOSPITAL), "0", "1", _MORE),
    ("divorce_certificate", 4, ("Boşanma şəhadətnaməsi", "Divorce certificate", "Acte de divorce"),
     (_IDENTITY, _FORM), "10.00", "3", _MORE),
    ("name_change", 4, ("Adın dəyişdirilməsi", "Change of name", "Changement de nom"),
     (_IDENTITY, _FORM), "20.00", "30", _MORE),
    ("residence_permit", 6, ("Yaşayış icazəsi", "Residence permit", "Titre de séjour"),
     (_FORM, _PHOTO), "60.00", "20", _LARGE),
    ("work_permit", 6, ("İş icazəsi", "Work permit", "Permis de travail"),
     (_FORM, _PHOTO), "350.00", "20", _LARGE),
    ("land_register", 11, ("Torpaq reyestri", "Land register", "Cadastre"),
     (_IDENTITY, _FORM), "20.00", "10", _LARGE),
    ("customs_certificate", 9, ("Gömrük arayışı", "Customs certificate", "Attestation douanière"),
     (_FORM,), "10.00", "3", _LARGE),
    ("archive_extract", 12, ("Arxiv arayışı", "Archive extract", "Extrait d'archives"),
     (_FORM,), "5.00", "15", _LARGE),
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
            key, _INSTITUTIONS[institution - 1], _in(*names), papers, fee, "AZN", f"{days} working days", spots=where,
        )
        for key, institution, names, papers, fee, days, where in _AZ_OFFERS
    ]  # fmt: skip
    family = _in("Ailə biznesinə dəstək", "Help for family businesses", "Aide à l'entreprise familiale")
    offers += [
        Offer("family_business", "ABAD", family, (_IDENTITY,), "0", "AZN", "10 working days",
              spots=tuple(spot.key for spot in abad)),
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
    return Spot(
        key, name, f"Nümunə küç. {house}", town, region, "AZ", *at, hours, f"+99412000{house:04d}", district
    )  # fmt: skip


_CNIE = {"fr": "CNIE", "ar": "البطاقة الوطنية"}
_TWO_PHOTOS = {"fr": "2 photos", "ar": "صورتان"}
_PROOF = {"fr": "Justificatif de domicile", "ar": "إثبات السكن"}
_FAMILY_BOOK = {"fr": "Livret de famille", "ar": "كناش الحالة المدنية"}
_OLD_PASSPORT = {"fr": "Ancien passeport", "ar": "جواز السفر القديم"}
_MEDICAL = {"fr": "Certificat médical", "ar": "شهادة طبية"}
_MA_OFFERS = (
    ("residence_certificate", {"fr": "Certificat de résidence", "ar": "شهادة السكنى"}, (_CNIE, _PROOF), "20", "2"),
    ("life_certificate", {"fr": "Certificat de vie", "ar": "شهادة الحياة"}, (_CNIE,), "0", "2"),
    ("celibacy_certificate", {"fr": "Certificat de célibat", "ar": "شهادة العزوبة"}, (_CNIE, _FAMILY_BOOK), "0", "3"),
    ("administrative_certificate", {"fr": "Certificat administratif", "ar": "شهادة إدارية"}, (_CNIE,), "20", "5"),
    ("passport", {"fr": "Passeport", "ar": "جواز السفر"}, (_CNIE, _TWO_PHOTOS, _OLD_PASSPORT), "500", "15"),
    ("firearm_permit", {"fr": "Permis de port d'arme", "ar": "رخصة حمل السلاح"}, (_CNIE, _MEDICAL), "1250", "30"),
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


# Not yet read by a native speaker of Wolof.
_CNI = {"fr": "Carte nationale d'identité", "wo": "Kart dàntite"}
_EXTRACT = {"fr": "Extrait de naissance", "wo": "Kayitu juddu"}
_LEASE = {"fr": "Bail ou titre", "wo": "Kayitu luyaas wala titre"}
_SN_OFFERS = (
    ("criminal_record", {"fr": "Casier judiciaire"}, (_CNI, _EXTRACT), "200", "3"),
    ("birth_extract", {"fr": "Extrait de naissance"}, (_CNI,), "200", "2"),
    ("nationality_certificate", {"fr": "Certificat de nationalité"}, (_CNI, _EXTRACT), "2000", "10"),
    ("residence_certificate", {"fr": "Certificat de résidence"}, (_CNI,), "200", "1"),
    ("business_registration", {"fr": "Registre du commerce"}, (_CNI, _LEASE), "10000", "2"),
)


def ess_guide() -> Shelf:
    """An Espace Sénégal Services in each department; keys are `ess-` and its name (`ess-saint-louis`)."""
    spots = tuple(
        Spot(
            each.id, each.name, each.street, each.department, each.region, "SN", *each.at, _SENEGAL, each.phone
        )
        for each in senegal.ESPACES
    )  # fmt: skip
    keys = tuple(spot.key for spot in spots)
    offers = tuple(
        # The certificate of nationality is tried out on the six pilot sites first.
        Offer(key, "Sénégal Numérique (démo)", name, papers, fee, "XOF", f"{days} jours ouvrables",
              spots=senegal.PILOT_IDS if key == "nationality_certificate" else keys)
        for key, name, papers, fee, days in _SN_OFFERS
    )  # fmt: skip
    return Shelf("ess-guide", "fr", ("Sénégal Numérique (démo)",), offers, spots)


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
        # What clerks help with everywhere: told, not repeated for each of the 13,000 points.
        Offer("birth_certificate", "UBND phường, xã", {"vi": "Giấy khai sinh", "en": "Birth certificate"},
              (papers[0], {"vi": "Giấy chứng sinh", "en": "Notice of birth"}), "0", "VND", "1 ngày làm việc"),
        Offer("residence_registration", "Công an phường, xã",
              {"vi": "Đăng ký cư trú", "en": "Registration of residence"},
              (papers[0], {"vi": "Giấy tờ về chỗ ở", "en": "Proof of the home"}), "20000", "VND", "7 ngày làm việc"),
        Offer("driving_licence", "Sở Giao thông vận tải", {"vi": "Giấy phép lái xe", "en": "Driving licence"},
              (papers[0], {"vi": "Giấy khám sức khỏe", "en": "Medical certificate"}), "135000", "VND",
              "5 ngày làm việc"),
    )  # fmt: skip
    organizations = ("Bưu điện Việt Nam", "UBND phường, xã", "Công an phường, xã", "Sở Giao thông vận tải")
    return Shelf("hanoi-guide", "vi", organizations, offers, spots)


SHELVES: Mapping[str, Callable[[], Shelf]] = {
    "asan-guide": asan_guide,
    "berkane-guide": berkane_guide,
    "ess-guide": ess_guide,
    "hanoi-guide": hanoi_guide,
}
