"""The aggregators: one folder each, and these tables, which are all that mounts them."""

from gateway.aggregators.africastalking import callbacks as africastalking_sms
from gateway.aggregators.africastalking import ussd as africastalking
from gateway.aggregators.flares import ussd as flares
from gateway.aggregators.kannel import callbacks as kannel_sms
from gateway.aggregators.values import SmsCallbacks, UssdDialect

USSD: dict[str, UssdDialect] = {
    dialect.NAME: UssdDialect(
        dialect.NAME, dialect.METHOD, dialect.read_hop, dialect.begins, dialect.write_reply, dialect.read_end
    )
    for dialect in (africastalking, flares)
}

SMS: dict[str, SmsCallbacks] = {
    callbacks.name: callbacks for callbacks in (africastalking_sms.CALLBACKS, kannel_sms.CALLBACKS)
}
"""Whose SMS callbacks have doors; which providers send is the table in `gateway.sms_providers`."""
