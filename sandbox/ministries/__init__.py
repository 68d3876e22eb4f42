"""Simulated ministries that speak GovStack's Registration and Scheduler; all their data is invented."""
