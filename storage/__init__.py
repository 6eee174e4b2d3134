"""PostgreSQL and Redis behind the ports of the core."""
