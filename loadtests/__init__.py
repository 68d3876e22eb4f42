"""Strangers with phones: they dial, text and sign in over HTTP, as on a day of a country, and check what they read."""
