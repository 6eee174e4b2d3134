"""REST, one module a feature: parse, call a service, render."""
