"""Clients of outside systems: each implements a port and has a null twin."""
