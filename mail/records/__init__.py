"""What mail keeps in PostgreSQL."""
