"""Searches for a step along a direction."""
