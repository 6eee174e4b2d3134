"""VK: the only place where vkbottle is imported."""
