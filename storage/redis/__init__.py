"""Holds, dialog sessions, rate limits, caches and idempotency keys in Redis or Valkey."""
