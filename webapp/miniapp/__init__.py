"""The Mini App and a business's public page: the same screens inside Telegram, inside VK and on the web."""
