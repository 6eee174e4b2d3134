"""VK: its API, the Callback API's deliveries and Long Poll, as strict as the real ones."""
