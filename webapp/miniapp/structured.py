"""What search engines read of a business: a LocalBusiness of schema.org as JSON-LD."""

from __future__ import annotations

import json
from typing import Final

from markupsafe import Markup
from yarl import URL

from core.domain.catalog import Catalogue
from webapp.miniapp.said import places_in_order

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def structured(catalogue: Catalogue, address: URL) -> Markup:
    """Name, addresses, hours, telephone. It is data, not script: a browser never runs it."""
    business = catalogue.business
    places = places_in_order(catalogue)
    content: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "LocalBusiness",
        "name": business.name,
        "url": str(address.with_query(None).with_fragment(None)),
        "currenciesAccepted": business.currency,
    }
    if business.description or business.tagline:
        content["description"] = business.description or business.tagline
    if business.phone:
        content["telephone"] = business.phone
    if business.photo_url:
        content["image"] = business.photo_url
    if places:
        first = places[0]
        content["address"] = first.address
        if first.latitude is not None and first.longitude is not None:
            content["geo"] = {
                "@type": "GeoCoordinates",
                "latitude": first.latitude,
                "longitude": first.longitude,
            }
        content["openingHoursSpecification"] = [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": day,
                "opens": f"{start // 60:02}:{start % 60:02}",
                "closes": "23:59" if end == 24 * 60 else f"{end // 60:02}:{end % 60:02}",
            }
            for day, intervals in zip(_DAYS, first.hours, strict=True)
            for start, end in intervals
        ]
    text = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 (nothing in it can end its element)
