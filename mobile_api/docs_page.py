"""The API's page for people: every operation and every problem, in one file that loads nothing."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from mobile_api.openapi import problems_of
from mobile_api.operations import Op, Security
from mobile_api.problems import STATUS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}code{font:14px ui-monospace,monospace}h2{border-block-end:1px solid #bbb}"
    "h3{margin-block-end:.2rem}.m{display:inline-block;min-inline-size:4.5rem;font-weight:700}"
    "table{border-collapse:collapse}td{padding:.2rem 1rem .2rem 0;vertical-align:top}"
    "a{color:#00457c}p{margin-block:.3rem}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#9cf}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
).encode()
_WHO = {
    Security.NONE: "Anybody",
    Security.PERSON: "A signed-in person",
    Security.AGENT: "A signed-in agent",
}


def page(ops: Sequence[Op]) -> bytes:
    """The page. What each field is, the document says: it is linked."""
    tags = dict.fromkeys(op.tag for op in ops)
    sections = "".join(
        f"<h2>{escape(tag)}</h2>" + "".join(_operation(op) for op in ops if op.tag == tag) for tag in tags
    )
    problems = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{status}</td></tr>' for code, status in sorted(STATUS.items())
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Guichet API</title>'
        f"<style>{_STYLE}</style></head><body><h1>Guichet API</h1>"
        '<p>Everything below stands under <code>/api/v1</code>. For programs: <a href="openapi.json">openapi.json</a> '
        "(OpenAPI 3.1).</p>"
        "<p>A write needs an <code>Idempotency-Key</code>, a fresh UUID: sent again with it, it happens once. "
        "Errors are problem details (RFC 9457); <code>code</code> never changes its meaning.</p>"
        f"{sections}<h2>Problems</h2><table>{problems}</table></body></html>"
    ).encode()


def _operation(op: Op) -> str:
    about = f"<p>{escape(op.description)}</p>" if op.description else ""
    assisted = "; an agent may do it for a citizen who consented" if op.assisted else ""
    codes = ", ".join(f'<a href="#{code}">{code}</a>' for code in problems_of(op))
    return (
        f'<h3 id="{escape(op.id)}"><span class="m">{op.method}</span><code>{escape(op.path)}</code></h3>'
        f"<p>{escape(op.summary)}</p>{about}<p>{_WHO[op.security]}{assisted}.</p>"
        f"<details><summary>Problems</summary><p>{codes}</p></details>"
    )
