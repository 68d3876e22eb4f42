"""What is remembered, and sealed: PostgreSQL, Redis, migrations, encryption and the embedded servers."""
