"""How the API's page reads the document."""

from __future__ import annotations

from webapp.docs import pages
from webapp.docs.prose import line, prose
from webapp.docs.reading import read


def test_what_a_curl_line_is_made_of() -> None:
    operations = {each.id: each for group in pages.book().groups for each in group.operations}
    curl = operations["createBooking"].curl
    assert curl.startswith('curl -X POST "$OKOSHKO/api/v1/businesses/demo/bookings"')
    assert "Authorization" not in curl, "anybody may book"
    assert '"consent": true' in curl
    assert '-H "Authorization: Bearer $TOKEN"' in operations["listBookings"].curl
    assert "from=2026-11-24&to=2026-11-24" in operations["listAvailability"].curl


def test_fields_are_told_with_what_they_may_be() -> None:
    document = {
        "info": {"version": "1", "description": ""},
        "servers": [{"url": "/api"}],
        "tags": [],
        "paths": {},
        "components": {
            "securitySchemes": {},
            "schemas": {
                "Thing": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid", "readOnly": True},
                        "size": {"anyOf": [{"enum": ["s", "l"]}, {"type": "null"}]},
                        "parts": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Thing"},
                            "maxItems": 3,
                        },
                        "place": {
                            "type": ["object", "null"],
                            "properties": {"row": {"type": "integer", "minimum": 1}},
                        },
                    },
                }
            },
        },
    }
    (thing,) = read(document).objects
    key, size, parts, place = thing.fields
    assert (key.kind.words, key.required, key.notes) == ("uuid", True, ("read only",))
    assert (size.required, size.choices) == (False, ("s", "l"))
    assert (parts.kind.words, parts.kind.ref, parts.notes) == ("Thing[]", "Thing", ("≤ 3 items",))
    assert [(each.name, each.notes) for each in place.inner] == [("row", ("≥ 1",))]


def test_prose() -> None:
    assert prose("A `b`\nc\n\n- d\n- e <f>") == (
        '<p>A <code>b</code> c</p><ul class="dots"><li>d</li><li>e &lt;f&gt;</li></ul>'
    )
    assert line("<b>") == "&lt;b&gt;"
