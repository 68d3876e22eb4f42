"""What the app's channel remembers, in PostgreSQL."""
