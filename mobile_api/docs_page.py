"""The API's page for people: every operation and every problem, in one file that loads nothing."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from html import escape
from http import HTTPStatus
from typing import Any

import msgspec

from mobile_api.openapi import problems_of
from mobile_api.operations import Op, Security
from mobile_api.problems import STATUS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}code{font:14px ui-monospace,monospace}h2{border-block-end:1px solid #bbb}"
    "h3{margin-block-end:.2rem}.m{display:inline-block;min-inline-size:4.5rem;font-weight:700}"
    "table{border-collapse:collapse}td{padding:.2rem 1rem .2rem 0;vertical-align:top}"
    "a{color:#00457c}p{margin-block:.3rem}pre{overflow-x:auto;padding:.5rem;background:#f3f3f3;margin-block:.3rem}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#9cf}pre{background:#262626}}"
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


_ALWAYS = ("too_many_requests", "busy", "ours", "not_saved", "too_slow")
_OF_TOKENS = ("sign_in_needed", "agents_only", "not_for_agents")
_OF_WRITES = ("key_missing", "key_malformed", "key_reused", "still_running")
_OF_BODIES = ("wrong_media_type", "body_too_large", "body_incomplete", "invalid_json")
# What any request, any write, any body and any token may meet: said once, not at every operation.
_EVERYWHERE = frozenset((*_ALWAYS, *_OF_TOKENS, *_OF_WRITES, *_OF_BODIES))


def page(ops: Sequence[Op], title: Callable[[str], str]) -> bytes:
    """The page. `title`: a problem's code to its words. What each field may hold, the document says: it is linked."""
    tags = dict.fromkeys(op.tag for op in ops)
    contents = " · ".join(f'<a href="#tag-{escape(tag)}">{escape(tag)}</a>' for tag in tags)
    sections = "".join(
        f'<h2 id="tag-{escape(tag)}">{escape(tag)}</h2>' + "".join(_operation(op) for op in ops if op.tag == tag)
        for tag in tags
    )
    problems = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{status}</td><td>{escape(title(code))}</td></tr>'
        for code, status in sorted(STATUS.items())
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Guichet API</title>'
        f"<style>{_STYLE}</style></head><body><h1>Guichet API</h1>"
        '<p>Everything below stands under <code>/api/v1</code>. For programs: <a href="openapi.json">openapi.json</a> '
        "(OpenAPI 3.1), which also says what each field may hold.</p>"
        "<p>Signed in is who sends <code>Authorization: Bearer</code> and the access token of "
        '<a href="#verify_sign_in">the code</a>. A write needs an <code>Idempotency-Key</code>, a fresh UUID: sent '
        "again with it, it happens once. Errors are problem details (RFC 9457); <code>code</code> never changes its "
        f"meaning. Any request may meet: {_codes(sorted(_EVERYWHERE))}.</p>"
        f'<p>{contents} · <a href="#problems">problems</a></p>'
        f'{sections}<h2 id="problems">Problems</h2><table>{problems}</table></body></html>'
    ).encode()


def _operation(op: Op) -> str:
    about = f"<p>{escape(op.description)}</p>" if op.description else ""
    assisted = "; an agent may do it for a citizen who consented" if op.assisted else ""
    own = [code for code in problems_of(op) if code not in _EVERYWHERE]
    problems = f"<p>Problems: {_codes(own)}</p>" if own else ""
    return (
        f'<h3 id="{escape(op.id)}"><span class="m">{op.method}</span><code>{escape(op.path)}</code></h3>'
        f"<p>{escape(op.summary)}</p>{about}<p>{_WHO[op.security]}{assisted}.</p>{_given(op)}{problems}{_example(op)}"
    )


def _given(op: Op) -> str:
    """What is sent besides a body: query and headers."""
    query = [field.encode_name for field in msgspec.structs.fields(op.query)] if op.query else []
    headers = ["If-Match"] if op.if_match else []
    parts = [
        f"{name}: " + ", ".join(f"<code>{escape(each)}</code>" for each in given)
        for name, given in (("Query", query), ("Headers", headers), ("Content", op.upload))
        if given
    ]
    return f"<p>{'. '.join(parts)}.</p>" if parts else ""


def _example(op: Op) -> str:
    """The body that is sent and each good answer, as the document's examples have them."""
    shown = [("Body", op.examples["body"])] if "body" in op.examples else []
    for status, kind in op.answers.items():
        shown.append((f"{status} {HTTPStatus(status).phrase}", op.examples.get(status) if kind else None))
    whole = "".join(f"<p>{name}{_json(example)}" for name, example in shown)
    return f"<details><summary>Example</summary>{whole}</details>"


def _json(example: Any) -> str:
    if example is None:
        return "</p>"
    return f"</p><pre>{escape(msgspec.json.format(msgspec.json.encode(example), indent=2).decode(), quote=False)}</pre>"


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f'<a href="#{code}">{code}</a>' for code in codes)
