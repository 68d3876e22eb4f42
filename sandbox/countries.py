"""The countries that a sandbox can stand for: its networks and numbers, and what the handset page offers there."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.networks import Network


@dataclass(frozen=True, slots=True)
class Country:
    """`code` is its pack's name. `calling`: how its numbers begin; `prefixes`: the digits after it to the network that
    first gave them out, the first network of `networks` for all others. `short_code` is where SMS are written to,
    `hint` what one may write; `currency` and `price` are those of the aggregator. `numbers`: that no ministry knows."""

    code: str
    name: str
    calling: str
    short_code: str
    currency: str
    price: str
    networks: tuple[Network, ...]
    prefixes: Mapping[str, str]
    numbers: tuple[str, ...]
    example: str
    hint: str


_UNPROVEN = "unproven: the smaller budget"
_SHOWN = "simulated: passes every letter"

COUNTRIES: Mapping[str, Country] = {
    country.code: country
    for country in (
        Country(
            "azerbaijan", "Azerbaijan", "+994", "7575", "AZN", "0.0350",
            (
                Network("40001", "Azercell"),
                Network("40002", "Bakcell"),
                Network("40004", "Nar", note=_UNPROVEN, septets=160, units=70),
                Network("99999", "Athena", note="sandbox of Africa's Talking: passes every letter", ucs2="yes"),
            ),
            {"50": "40001", "51": "40001", "10": "40001", "55": "40002", "99": "40002", "70": "40004", "77": "40004"},
            ("+994551234521", "+994701234522"),
            "+994501234567",
            "For example HELP, STATUS and a reference, MENU, STOP.",
        ),
        Country(
            "morocco", "Morocco", "+212", "3737", "MAD", "0.2500",
            (
                Network("60401", "Maroc Telecom", note=_SHOWN, ucs2="yes"),
                Network("60400", "Orange"),
                Network("60402", "inwi", note=_UNPROVEN, septets=160, units=70),
            ),
            {"661": "60401", "662": "60401", "66": "60401", "61": "60400", "65": "60400", "60": "60402", "63": "60402"},
            ("+212661234521", "+212612234522", "+212602234523"),
            "+212661234567",
            "For example AIDE, STATUT and a reference, MENU, STOP; or مساعدة in Arabic.",
        ),
        Country(
            "senegal", "Senegal", "+221", "21222", "XOF", "20.0000",
            (
                Network("60801", "Orange"),
                Network("60802", "Free", note=_SHOWN, ucs2="yes"),
                Network("60803", "Expresso", note=_UNPROVEN, septets=160, units=70),
            ),
            {"77": "60801", "78": "60801", "76": "60802", "70": "60803"},
            ("+221771234501", "+221761234502", "+221701234503"),
            "+221771234567",
            "For example AIDE, MENU, LANGUE WOLOF, STOP.",
        ),
        Country(
            "vietnam", "Vietnam", "+84", "8088", "VND", "300.0000",
            (
                Network("45201", "MobiFone"),
                Network("45202", "Vinaphone"),
                Network("45204", "Viettel", note=_SHOWN, ucs2="yes"),
                Network("45205", "Vietnamobile", note=_UNPROVEN, septets=160, units=70),
            ),
            {"90": "45201", "93": "45201", "91": "45202", "94": "45202", "97": "45204", "98": "45204", "92": "45205"},
            ("+84901234521", "+84981234522", "+84921234523"),
            "+84912345678",
            "For example TRỢ GIÚP, TRẠNG THÁI and a reference, MENU, HỦY.",
        ),
    )
}  # fmt: skip
FIRST = COUNTRIES["azerbaijan"]
NETWORKS: Mapping[str, Network] = {
    network.code: network for country in COUNTRIES.values() for network in country.networks
}


def country_of(msisdn: str) -> Country:
    """Whose number it is; the first country's where it is nobody's."""
    return next((country for country in COUNTRIES.values() if msisdn.startswith(country.calling)), FIRST)


def network_of(msisdn: str) -> str:
    """The code of the network that gave out the number; a number that was taken elsewhere keeps its first one."""
    country = country_of(msisdn)
    digits = msisdn.removeprefix(country.calling)
    return next(
        (code for prefix, code in country.prefixes.items() if digits.startswith(prefix)), country.networks[0].code
    )
