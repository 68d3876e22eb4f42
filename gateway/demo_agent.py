"""The demonstration's volunteers: two, so that one can call back what the other prepared."""

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.operations import open_operations
from gateway.settings import Settings
from services.agent_values import OrganisationKind
from services.pin_vault import PinVault
from storage.keys import KeyRing, KeyUse

NUMBER, COLLEAGUE, PIN = "+994502220014", "+994502220015", "284913"
_AGENTS = ((NUMBER, "Aygun Demo", "V-014"), (COLLEAGUE, "Rashad Demo", "V-015"))


async def enrol_demonstration(settings: Settings) -> None:
    """Enrolled with an account and a PIN that everybody knows; again is the same."""
    ring = KeyRing.parse(settings.encryption_keys)
    pins = PinVault({id: ring.derive(KeyUse.PIN_PEPPER, id) for id in ring.ids})
    hashed = await pins.hash(PIN, Deadline.after(10.0, SystemClock()))
    pins.close()
    async with open_operations(settings) as operations, operations.store.open() as records:
        agents = records.assisted().agents
        organisation = await agents.organisation("demo", "Demo volunteers", OrganisationKind.VOLUNTEERS)
        for number, name, badge in _AGENTS:
            person = await records.people.greet(Msisdn.parse(number), "en")
            await agents.enrol(organisation.id, person.id, name, badge, False)
            if not person.has_account:
                await records.accounts.create(person.id, hashed, operations.pack.services.account_consent, "en")
