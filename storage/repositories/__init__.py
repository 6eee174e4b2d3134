"""Queries of each feature, giving the core its own dataclasses."""
