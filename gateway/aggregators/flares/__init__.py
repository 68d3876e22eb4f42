"""Comviva Flares ("HTTP pull"), as operators run it themselves: one input a hop, headers steer the session."""
