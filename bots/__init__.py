"""Conversations with clients and staff in messengers."""
