"""Pages that anybody may look at: server-rendered, no script."""
