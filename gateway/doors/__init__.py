"""The doors: what the world may knock at."""
