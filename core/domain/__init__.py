"""Pure booking rules: standard library only, frozen dataclasses, time is an argument."""
