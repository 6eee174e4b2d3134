"""Webhooks in: messengers and vendors."""
