"""What was last heard of an application: from events as from reading, for everybody whose it is and nobody else."""

from datetime import date

from domain.money import Money
from domain.states import ApplicationState
from services.known_facts import application_of, completed, facts_of
from services.known_ports import ChangeKind, SeenState
from services.ports import LinkedBy
from services.values import Application, Pickup, Place
from tests.services.town import KAMRAN, LEYLA

TODAY = date(2026, 11, 23)
AMOUNT = {"value": "312.40", "currency": "AZN"}


async def known(office, number, reference="7001"):
    async with office.store.open() as records:
        person = await records.people.by_number(number)
        found = await records.known.get(person.id, "social_aid", reference) if person else None
        return found.facts if found else None


async def told(office, number, begin):
    async with office.store.open() as records:
        person = await records.people.by_number(number)
        changed = await records.changes.since(person.id, begin, 50)
        return {(thing.kind, thing.subject, thing.gone) for thing in changed.touched}


async def test_an_event_is_known_to_whom_it_names(notices):
    event = {"amount": AMOUNT, "contact": {"msisdn": KAMRAN.e164}, "sequence": 3}
    await notices.send("application.granted", "7001", event, sequence="3")
    await notices.work()
    facts = await known(notices, KAMRAN)
    assert (facts.state, facts.amount_minor, facts.contact) == (ApplicationState.GRANTED, 31240, KAMRAN.e164)
    # A late one changes nothing.
    await notices.send(
        "application.in_review", "7001", {"contact": {"msisdn": KAMRAN.e164}, "sequence": 2}, sequence="2"
    )
    await notices.work()
    assert (await known(notices, KAMRAN)).state is ApplicationState.GRANTED
    # Nobody is told that she collected it; it is known all the same.
    await notices.send(
        "application.collected", "7001", {"contact": {"msisdn": KAMRAN.e164}, "sequence": 5}, sequence="5"
    )
    await notices.work()
    facts = await known(notices, KAMRAN)
    assert [seen.state for seen in facts.history] == [ApplicationState.GRANTED, ApplicationState.COLLECTED]
    assert facts.amount_minor == 31240


async def test_whoever_proved_it_knows_too_and_whose_number_is_named_no_more_does_not(notices):
    async with notices.store.open() as records:
        linked = await records.people.greet(LEYLA, "az")
        await records.links.add(linked.id, "social_aid", "7001", LinkedBy.FACT)
        former = await records.people.greet(KAMRAN, "az")
        before = Application("7001", "social_aid", ApplicationState.IN_REVIEW, contact=KAMRAN)
        await records.known.saw(former.id, [before], TODAY)
        begin = (await records.changes.since(former.id, None, 1)).next
    event = {"reason": {"az": "Gəlir"}, "contact": {"msisdn": LEYLA.e164}, "sequence": 3}
    await notices.send("application.refused", "7001", event, sequence="3")
    await notices.work()
    assert (await known(notices, LEYLA)).state is ApplicationState.REFUSED
    assert await known(notices, KAMRAN) is None
    assert (ChangeKind.APPLICATION, "7001", True) in await told(notices, KAMRAN, begin)


async def test_whose_number_is_named_no_more_keeps_nothing_of_the_next_holder_either(notices):
    """The first event after the change clears what was known; later ones bring nothing back under her name."""
    async with notices.store.open() as records:
        former = await records.people.greet(KAMRAN, "az")
        before = Application("7001", "social_aid", ApplicationState.IN_REVIEW, contact=KAMRAN)
        await records.known.saw(former.id, [before], TODAY)
        begin = (await records.changes.since(former.id, None, 1)).next
    for sequence, kind in enumerate(("action_required", "in_review", "granted"), 3):
        event = {"amount": AMOUNT, "contact": {"msisdn": LEYLA.e164}, "sequence": sequence}
        await notices.send(f"application.{kind}", "7001", event, sequence=str(sequence))
        await notices.work()
        assert await known(notices, KAMRAN) is None, kind
    assert (await known(notices, LEYLA)).contact == LEYLA.e164
    assert {gone for _, _, gone in await told(notices, KAMRAN, begin)} == {True}


async def test_what_becomes_proven_is_told_as_changed(notices):
    """The facts are the same as before: that she may be shown them now is what changed."""
    async with notices.store.open() as records:
        person = await records.people.greet(KAMRAN, "az")
        before = Application("7001", "social_aid", ApplicationState.IN_REVIEW, contact=KAMRAN)
        await records.known.saw(person.id, [before], TODAY)
    async with notices.store.open() as records:
        begin = (await records.changes.since(person.id, None, 1)).next
    for by, expected in ((LinkedBy.FACT, {("application", "7001", False)}), (LinkedBy.FACT, set())):
        async with notices.store.open() as records:
            await records.links.add(person.id, "social_aid", "7001", by)
        assert await told(notices, KAMRAN, begin) == expected
        async with notices.store.open() as records:
            begin = (await records.changes.since(person.id, None, 1)).next


async def test_a_number_in_doubt_is_told_and_keeps_nothing(notices):
    async with notices.store.open() as records:
        await records.people.greet(KAMRAN, "az")
        await records.people.doubt_number(KAMRAN)
    event = {"amount": AMOUNT, "contact": {"msisdn": KAMRAN.e164}, "sequence": 3}
    await notices.send("application.granted", "7001", event, sequence="3")
    await notices.work()
    assert len(await notices.messages()) == 1
    assert await known(notices, KAMRAN) is None


def test_states_as_they_were_seen():
    first = facts_of(Application("1", "aid", ApplicationState.IN_REVIEW, submitted_on=date(2026, 11, 20)), None, TODAY)
    received = SeenState(ApplicationState.RECEIVED, date(2026, 11, 20))
    assert first.history == (received, SeenState(ApplicationState.IN_REVIEW, TODAY))
    again = facts_of(application_of(first), first, date(2026, 11, 30))
    assert again == first


def test_what_an_event_leaves_out_stays_but_for_what_belongs_to_a_former_state():
    before = facts_of(
        Application(
            "1",
            "aid",
            ApplicationState.ACTION_REQUIRED,
            submitted_on=TODAY,
            amount=Money(100, "AZN"),
            needs=({"az": "Arayış"},),
            pickup=Pickup(Place("b", "Bank")),
            contact=LEYLA,
        ),
        None,
        TODAY,
    )
    same = completed(Application("1", "aid", ApplicationState.ACTION_REQUIRED), before, TODAY)
    assert same == before
    later = completed(Application("1", "aid", ApplicationState.GRANTED), before, TODAY)
    assert (later.submitted_on, later.amount_minor, later.contact) == (TODAY, 100, LEYLA.e164)
    assert (later.needs, later.pickup) == ((), None)
