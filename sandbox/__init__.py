"""Strangers: simulated ministries, a simulated aggregator and a handset page, reached over HTTP only."""
