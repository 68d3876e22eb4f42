"""SMS: a channel. What is sent, what came of it, and what is understood of what people text."""
