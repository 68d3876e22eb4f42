"""`guichet pack check DIR`: is a country's pack whole and in agreement with itself?"""

import argparse

from domain.clock import SystemClock
from domain.errors import InvalidValue
from gateway.notify_keys import findings as notify
from gateway.pack import PackErrors, load_pack
from gateway.settings import SettingsError
from gateway.words import translator_for
from i18n import CatalogErrors
from services.backends.registry import build
from services.backends.wire import HttpWire
from sms.template_check import check


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("pack", help="check a country's pack", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    checker = verbs.add_parser("check", help="every finding at once")
    checker.add_argument("pack", metavar="NAME|DIR", help="a name in countries/, or a folder")
    checker.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        pack = load_pack(arguments.pack)
        # Any address does: nothing is connected to know that every setting of every standard is right.
        anywhere = dict.fromkeys(pack.variables(), "http://127.0.0.1/")
        build(tuple(pack.ministries_for(anywhere).values()), HttpWire(), SystemClock(), pack.services.due)
        pack.days_off.load()
        translator = translator_for(pack)
    except (PackErrors, CatalogErrors, SettingsError, InvalidValue) as wrong:
        print(wrong)
        return 1
    texts = check(translator, pack.languages, pack.sms.letters, pack.sms.longest, app_domain=pack.app_domain)
    findings = [*texts, *notify(pack, translator)]
    for finding in findings:
        print(finding)
    if findings:
        return 1
    print(f"{pack.name}: {len(pack.languages)} languages, {len(pack.services.services)} services, no findings")
    return 0
