"""The addresses of the Mini App."""

from __future__ import annotations

from aiohttp import web

from webapp.miniapp import booking, entry, form, moves, nearest, picker, shop, visits


def routes() -> list[web.AbstractRouteDef]:
    """All screens, and what their parts ask for."""
    return [
        web.get("/app", entry.show),
        web.get("/b/{slug}", shop.show),
        web.get("/b/{slug}/nearest", nearest.show),
        web.get("/b/{slug}/time", picker.show),
        web.get("/b/{slug}/days", picker.days),
        web.post("/b/{slug}/hold", booking.hold),
        web.get("/b/{slug}/held", booking.held),
        web.get("/b/{slug}/who", form.who),
        web.post("/b/{slug}/who", form.said_who),
        web.get("/b/{slug}/check", form.check),
        web.post("/b/{slug}/book", booking.book),
        web.get("/b/{slug}/move", moves.move),
        web.post("/b/{slug}/move", moves.moved),
        web.get("/b/{slug}/mine", visits.mine),
        web.post("/b/{slug}/mine", visits.mine_listed),
        web.get("/b/{slug}/visit/{visit}", visits.show),
        web.get("/b/{slug}/visit/{visit}/cancel", visits.cancel),
        web.post("/b/{slug}/visit/{visit}/cancel", visits.cancelled),
        web.post("/b/{slug}/visit/{visit}/connect", visits.connect),
        web.get("/v/{code}.ics", visits.calendar_file),
    ]
