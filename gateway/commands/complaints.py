"""`guichet complaints`: complaints that wait, one in full, and its answer.

Every reading and answer stands in the audit log; whoever complained is told by SMS that the answer is there.
"""

import argparse
from dataclasses import replace
from datetime import date

from domain.errors import InvalidValue
from gateway.commands.acting import Verbs
from gateway.operations import Operations
from services import complaints
from services.promises import Promises
from services.records.store import RecordStore
from services.satisfaction_ports import Complaint
from sms.records.outbox import SqlOutbox

_SHOWN_OF_TEXT = 60


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("complaints", help="list, show and answer complaints", description=__doc__)
    verb = Verbs(parser).add
    listed = verb("list", "those without an answer, the longest due first", _list)
    listed.add_argument("--limit", type=int, default=50, help="how many (default %(default)s)")
    verb("show", "one complaint in full", _show).add_argument("number")
    answer = verb("answer", "answer it: she is told that the answer is there", _answer)
    answer.add_argument("number")
    answer.add_argument("--text", required=True, help=f"the answer, at most {complaints.LONGEST_ANSWER} characters")


async def _list(operations: Operations, arguments: argparse.Namespace) -> int:
    await operations.record("complaints.list")
    async with operations.store.open() as records:
        found = await records.feedback.complaints.waiting(arguments.limit)
        overdue = await records.feedback.complaints.overdue(_today(operations))
    for each in found:
        late = "  LATE" if each.due_on < _today(operations) else ""
        print(f"{each.number}  due {each.due_on}{late}  {_about(each)}  {each.text[:_SHOWN_OF_TEXT]}")
    print(f"{len(found)} without an answer, {overdue} overdue")
    return 0


async def _show(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.store.open() as records:
        found = await records.feedback.complaints.by_number(arguments.number)
        if found is None:
            raise InvalidValue("there is no complaint with that number")
    await operations.record("complaints.show", f"person:{found.person.hex}")
    print(f"{found.number}: {_about(found)}, in {found.language}, opened {found.opened_on}, due {found.due_on}")
    print(found.text)
    print(f"answered {found.answered_on}: {found.answer}" if found.answered_on else "no answer yet")
    return 0


async def _answer(operations: Operations, arguments: argparse.Namespace) -> int:
    pack, store = operations.pack, operations.store
    sending: RecordStore = replace(store, outbox=lambda sealed: SqlOutbox(sealed, store.clock, store.ids))
    # Who answers needs no provider's account here: the message waits for a worker that has one.
    notices = Promises(pack.services, lambda: bool(pack.sms.routes), pack.routes)
    await operations.record("complaints.answer")
    async with sending.open() as records:
        done = await complaints.answer(records, notices, _today(operations), arguments.number, arguments.text)
    print("answered" if done else "it was answered before: nothing is changed")
    return 0 if done else 1


def _today(operations: Operations) -> date:
    return operations.store.clock.now().astimezone(operations.pack.zone).date()


def _about(complaint: Complaint) -> str:
    """What it is about: a reference only as that."""
    return f"{complaint.about.value} {complaint.service or complaint.place}".strip()
