"""What the clock runs: reminders, outbox, expiry. Idempotent; jobs take identifiers."""
