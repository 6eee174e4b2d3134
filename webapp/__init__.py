"""The aiohttp application: API, webhooks and pages."""
