"""What the core needs from outside, as protocols: repositories, clock, holds, channels, vendors."""
