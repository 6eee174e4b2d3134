"""Telegram: the only place where aiogram is imported."""
