"""The messenger-neutral dialog runtime: screen, event, session, layout, presentation."""
