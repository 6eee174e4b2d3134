"""Emulators of the messengers' APIs, the page with two phones, and the client that testers drive dialogs
with.

``world`` knows people, bots, chats and files and no messenger; ``telegram`` speaks the Bot API to bots;
``hands`` is what a person can do; ``app`` serves it all. Independent of the booking core: a bot talks to it
over HTTP alone.
"""
