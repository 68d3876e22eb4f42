"""The operations page: what all processes count together, and what staff see of it."""
