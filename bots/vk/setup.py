"""Makes the community post its events to us: the callback server with its secret, and which events.

Set at the start, and only what is not so already. Registering makes VK ask our address for the confirmation
string at once, so the web application has to be up by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.vk.api import VERSION, Community, Json
from bots.vk.inbound import EVENTS

#: A server's name in the community's settings, at most 14 characters.
_TITLE: Final = "Okoshko"


@dataclass(frozen=True, slots=True)
class Callback:
    """Where VK is to post events, and the secret (up to 50 letters and digits) that it sends along.

    ``confirmation``: what proves the address to be ours; None: VK's API is asked for it.
    """

    url: str
    secret: str
    confirmation: str | None = None


async def post_events_to(community: Community, callback: Callback) -> bool:
    """Bring the settings up to date; False when our address did not prove itself (it may not be up yet).

    Raises VKAPIError (the token needs the right «manage»), NoAnswer.
    """
    group = {"group_id": community.group_id}
    wanted: Json = {**group, "url": callback.url, "title": _TITLE, "secret_key": callback.secret}
    known = await _server(community, callback.url)
    if known is None:
        made = await community.request("groups.addCallbackServer", wanted)
        server_id = made["response"]["server_id"]
    else:
        server_id = known["id"]
        if known.get("secret_key") != callback.secret or known.get("status") != "ok":
            await community.request("groups.editCallbackServer", {**wanted, "server_id": server_id})
    await community.request(
        "groups.setCallbackSettings",
        {**group, "server_id": server_id, "api_version": VERSION, **dict.fromkeys(EVENTS, True)},
    )
    there = await _server(community, callback.url)
    return there is not None and there.get("status") in {"ok", "wait"}


async def _server(community: Community, url: str) -> Json | None:
    """The community's callback server at this address."""
    listed = await community.request("groups.getCallbackServers", {"group_id": community.group_id})
    return next((each for each in listed["response"]["items"] if each["url"] == url), None)


async def confirmation_of(community: Community) -> str:
    """The confirmation string that VK wants at present. Raises VKAPIError, NoAnswer."""
    asked = await community.request("groups.getCallbackConfirmationCode", {"group_id": community.group_id})
    return str(asked["response"]["code"])
