"""Evaluators: what the user gives, as array functions; methods never see where numbers come from."""
