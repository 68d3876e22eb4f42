"""The small Protocols that use cases need, fulfilled by `backends/` and `records/`. One file a subject."""

from services.known_ports import ChangeKind as ChangeKind
from services.ports.accounts import (
    Accounts as Accounts,
    PinRecord as PinRecord,
    PinRules as PinRules,
)
from services.ports.guides import (
    Guide as Guide,
    Payments as Payments,
    ReportDesk as ReportDesk,
)
from services.ports.intents import (
    Drafts as Drafts,
    Intent as Intent,
    Intents as Intents,
    IntentState as IntentState,
)
from services.ports.links import (
    Guesses as Guesses,
    Link as Link,
    LinkedBy as LinkedBy,
    Links as Links,
)
from services.ports.messages import (
    Outbox as Outbox,
    SentMessage as SentMessage,
    SentMessages as SentMessages,
)
from services.ports.ministries import (
    BOOKS_FOR as BOOKS_FOR,
    Applications as Applications,
    Appointments as Appointments,
    Ministries as Ministries,
)
from services.ports.notices import (
    Notice as Notice,
    Notices as Notices,
)
from services.ports.people import (
    Binding as Binding,
    Contact as Contact,
    People as People,
    Person as Person,
)
from services.ports.places import PlaceBook as PlaceBook
from services.ports.remembered import Records as Records
