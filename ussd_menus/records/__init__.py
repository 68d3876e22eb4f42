"""What the channel keeps in PostgreSQL: the SQL of this room, and nothing else of it."""
