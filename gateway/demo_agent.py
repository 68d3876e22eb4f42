"""The demonstration's volunteers: two, so that one can call back what the other prepared."""

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.operations import open_operations
from gateway.pack import Pack
from gateway.settings import Settings
from services.agent_values import OrganisationKind
from services.pin_vault import PinVault
from storage.keys import KeyRing, KeyUse

PIN = "284913"
_NUMBERS = {
    "azerbaijan": ("+994502220014", "+994502220015"),
    "morocco": ("+212662220014", "+212662220015"),
    "senegal": ("+221772220014", "+221772220015"),
    "vietnam": ("+84902220014", "+84902220015"),
}
_AGENTS = (("Aygun Demo", "V-014"), ("Rashad Demo", "V-015"))


def numbers_of(country: str) -> tuple[str, str]:
    """The two numbers, by the pack's name; the first country's for any other pack."""
    return _NUMBERS.get(country, _NUMBERS["azerbaijan"])


async def enrol_demonstration(settings: Settings) -> None:
    """Enrolled with an account and a PIN that everybody knows; again is the same."""
    ring = KeyRing.parse(settings.encryption_keys)
    pins = PinVault({id: ring.derive(KeyUse.PIN_PEPPER, id) for id in ring.ids})
    hashed = await pins.hash(PIN, Deadline.after(10.0, SystemClock()))
    pins.close()
    async with open_operations(settings) as operations, operations.store.open() as records:
        agents = records.assisted().agents
        organisation = await agents.organisation("demo", "Demo volunteers", OrganisationKind.VOLUNTEERS)
        pack = operations.pack
        for number, (name, badge) in zip(numbers_of(pack.name), _AGENTS, strict=True):
            person = await records.people.greet(Msisdn.parse(number), _language(pack))
            await agents.enrol(organisation.id, person.id, name, badge, False)
            if not person.has_account:
                await records.accounts.create(person.id, hashed, pack.services.account_consent, _language(pack))


def _language(pack: Pack) -> str:
    return "en" if "en" in pack.languages else pack.default_language
