"""The demo: two businesses that look lived in, their people, and the phones of the sandbox."""
