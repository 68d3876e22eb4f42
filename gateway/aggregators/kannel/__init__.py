"""Gateways that take an SMS by one HTTP request: Kannel, and others of the kind as data."""
