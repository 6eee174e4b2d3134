"""What every messenger's adapter needs: an inbox that takes each event once, lanes that keep a person's
events in order, a pace. Knows no messenger.
"""
