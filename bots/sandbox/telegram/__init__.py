"""The Bot API: what a bot's HTTP calls meet, as strict as the real server. Facts: core.telegram.org/bots/api
(10.1).
"""
