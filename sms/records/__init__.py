"""SMS in PostgreSQL: outbox, reports, inbox, opt-outs, spend."""
