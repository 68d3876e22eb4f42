"""All that is remembered, within one unit of work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.agent_ports import AgentRecords
from services.document_ports import Documents
from services.email_ports import Emails
from services.event_ports import Events, Timers
from services.feedback_ports import Feedback
from services.known_ports import Changes, KnownApplications
from services.ports.accounts import Accounts
from services.ports.intents import Drafts, Intents
from services.ports.links import Guesses, Links
from services.ports.messages import Outbox, SentMessages
from services.ports.people import People
from services.rights_ports import AuditLog, Numbers, PersonalData
from services.stop_ports import StopPromises
from services.visit_ports import KnownVisits


@dataclass(frozen=True, slots=True)
class Records:
    """All that is remembered, within one unit of work.

    `settle` commits what was done so far and gives the connection back: called before a ministry is asked.
    """

    people: People
    accounts: Accounts
    links: Links
    guesses: Guesses
    drafts: Drafts
    intents: Intents
    outbox: Outbox
    messages: SentMessages
    events: Events
    timers: Timers
    audit: AuditLog
    numbers: Numbers
    personal: PersonalData
    known: KnownApplications
    changes: Changes
    documents: Documents
    visits: KnownVisits
    feedback: Feedback
    stops: StopPromises
    settle: Callable[[], Awaitable[None]]
    # Made when somebody asks: agents are few, and hops many.
    assisted: Callable[[], AgentRecords]
    email: Callable[[], Emails]
