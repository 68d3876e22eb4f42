"""The aggregators: one folder each, and this table, which is all that mounts them."""

from gateway.aggregators.africastalking import ussd as africastalking
from gateway.aggregators.flares import ussd as flares
from gateway.aggregators.values import UssdDialect

USSD: dict[str, UssdDialect] = {
    dialect.NAME: UssdDialect(dialect.NAME, dialect.METHOD, dialect.read_hop, dialect.write_reply, dialect.read_end)
    for dialect in (africastalking, flares)
}
