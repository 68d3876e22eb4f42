"""SMPP 3.4 to an operator's SMSC: a bound connection, our own parts, receipts and inbound messages over it."""
