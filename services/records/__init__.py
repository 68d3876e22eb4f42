"""What is remembered of persons: accounts, links, consents, drafts and intents, in PostgreSQL."""
