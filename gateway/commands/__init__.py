"""What `guichet` can do from a terminal: one command a file."""
