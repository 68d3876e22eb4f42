"""The front door: every wire in, and the only room that knows all rooms."""
