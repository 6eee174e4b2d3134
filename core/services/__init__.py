"""Use cases, one module a feature: each owns its transaction and its authorisation."""
