"""`guichet pack check DIR`: is a country's pack whole, in agreement with itself, and (`--live`) with its ministries?"""

import argparse
import os
from collections.abc import Iterator

from domain.clock import SystemClock
from domain.errors import InvalidValue
from gateway.live_check import Asked, try_live
from gateway.notify_keys import findings as notify
from gateway.pack import Pack, PackErrors, load_pack
from gateway.pack_forms import findings as forms
from gateway.pack_ministries import ministries_of
from gateway.settings import SettingsError
from gateway.words import translator_for
from i18n import CatalogErrors
from services.backends.registry import MinistryMap
from services.backends.wire import HttpWire
from sms.template_check import check


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("pack", help="check a country's pack", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    checker = verbs.add_parser("check", help="every finding at once")
    checker.add_argument("pack", metavar="NAME|DIR", help="a name in countries/, or a folder")
    live = checker.add_argument_group(
        "the ministries as they are now",
        "Tries each operation that reads, at the addresses of the environment, and shows request, answer and what was "
        "understood, personal data masked. Exit status: 0, everything was understood; 1, something failed; 2, not all "
        "could be tried, for want of a sample.",
    )
    live.add_argument("--live", action="store_true", help="ask the ministries")
    live.add_argument("--only", default="", metavar="MINISTRY", help="this one alone")
    live.add_argument(
        "--sample",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="reference=… applicant=… place=… slot=… new_slot=… participant=… kind=… number=… answers.FIELD=…; "
        "MINISTRY.NAME=VALUE for one ministry (may be given several times)",
    )
    live.add_argument("--writes", action="store_true", help="also hand in, book, move, cancel: at a test system only")
    checker.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        pack = load_pack(arguments.pack)
        # Any address does: nothing is connected to know that every setting of every standard is right.
        ministries = ministries_of(pack, pack.ministries_anywhere(), HttpWire(), SystemClock())
        pack.days_off.load()
        translator = translator_for(pack)
    except (PackErrors, CatalogErrors, SettingsError, InvalidValue) as wrong:
        print(wrong)
        return 1
    texts = check(translator, pack.languages, pack.sms.letters, pack.sms.longest, app_domain=pack.app_domain)
    findings = [*texts, *notify(pack, translator), *forms(pack, translator)]
    findings += [*_untold(pack, ministries), *_unlisted(pack, ministries)]
    for finding in findings:
        print(finding)
    if findings:
        return 1
    print(f"{pack.name}: {len(pack.languages)} languages, {len(pack.services.services)} services, no findings")
    return _live(pack, arguments) if arguments.live else 0


def _untold(pack: Pack, ministries: MinistryMap) -> Iterator[str]:
    """Services whose papers, fee and time are offered and told by nobody."""
    for code, service in pack.services.services.items():
        if service.listed and not any(ministries.does(code, f"{port}.info") for port in ("guide", "applications")):
            yield f"services.yaml: {code}: nobody tells its papers, fee and time (info): write listed: false"


def _unlisted(pack: Pack, ministries: MinistryMap) -> Iterator[str]:
    """Services whose changes are to be read where nobody lists any."""
    for name, source in pack.events.sources.items():
        for code in source.services if source.poll_seconds else ():
            if not ministries.does(code, "applications.changed"):
                yield f"events.yaml: {name}: nobody lists changes of {code} (changed): poll_seconds would tell nobody"


def _live(pack: Pack, arguments: argparse.Namespace) -> int:
    samples = {}
    for given in arguments.sample:
        name, equals, value = given.partition("=")
        if not equals or not name or not value:
            raise SettingsError(f"--sample {given}: write NAME=VALUE")
        samples[name] = value
    report = try_live(pack, os.environ, Asked(samples, arguments.writes, arguments.only))
    print(*report.lines, sep="\n")
    counted = {end: report.ends.count(end) for end in dict.fromkeys(report.ends)}
    print(", ".join(f"{count} {end}" for end, count in counted.items()) or "no ministry of that name")
    return report.status
