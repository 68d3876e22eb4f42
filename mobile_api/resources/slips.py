"""A slip as it is shown and printed: who helped, the numbers to keep, what to dial, and how to take over."""

from i18n.text import Text
from mobile_api.operations import Asked
from mobile_api.resources.agent_values import SlipShown
from services import assisted_claims


def slip_shown(asked: Asked, printed: assisted_claims.Slip) -> SlipShown:
    """The slip, in words and in parts."""
    return SlipShown(
        _lines(asked, printed),
        printed.references,
        printed.held,
        printed.claim,
        printed.dial,
        printed.agent,
        printed.badge,
        printed.organisation,
        printed.made_at,
        printed.practice,
    )


def _lines(asked: Asked, printed: assisted_claims.Slip) -> tuple[str, ...]:
    """The slip in words."""
    day = printed.made_at.astimezone(asked.desk.services.zone).date()
    said = [Text("slip.practice")] if printed.practice else []
    said += [Text("slip.title", {"date": day}), Text("slip.agent", {"agent": printed.agent, "badge": printed.badge})]
    said += [Text("slip.organisation", {"organisation": printed.organisation})]
    said += [Text("slip.reference", {"reference": each}) for each in printed.references]
    said += [Text("slip.held", {"slip": each}) for each in printed.held]
    said += [Text("slip.dial", {"code": printed.dial}), Text("slip.free")]
    if printed.claim:
        said.append(Text("slip.claim", {"claim": printed.claim, "code": printed.dial}))
    said.append(Text("slip.complain", {"code": printed.dial}))
    return tuple(asked.say(text) for text in said)
