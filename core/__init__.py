"""The shared booking core: rules, use cases and ports. Imports nothing else of the project."""
