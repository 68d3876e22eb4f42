"""Data only: one folder per country."""
