"""What a stranger may want, one file a subject: each is a function of a `Visitor`, and each reads what it is shown."""
