"""How it is put together and run: settings, composition root, command line, embedded servers."""
