"""The shapes of sign-in, of what is one's own, and of a business's people and tokens."""

from __future__ import annotations

from typing import Final

from core.domain.actor import Role, Scope
from core.domain.client import Channel
from core.services.clients import LOCALES
from webapp.api.examples import with_example
from webapp.api.schemas import (
    Component,
    array,
    constant,
    integer,
    listing,
    nullable,
    obj,
    one_of,
    string,
    uuid,
)
from webapp.api.schemas import moment as instant

MAX_LAUNCH: Final = 8192

_ACCESS: Final = string(about="Sent as `Authorization: Bearer …`", example="okos_…")
_REFRESH: Final = string(about="Good for one exchange", example="okor_…")

MEMBERSHIP: Final = obj(
    {
        "business_id": uuid(),
        "slug": string(example="demo"),
        "role": one_of(Role),
        "staff_id": nullable(uuid(), "The staff member that they are"),
    }
)
USER: Final = Component(
    "User",
    obj(
        {
            "id": uuid("Of the messenger user"),
            "name": string(about="As in the messenger; empty where it tells none"),
            "locale": nullable(one_of(LOCALES)),
            "channel": one_of(Channel),
            "phone": nullable(string(), "E.164; the one that the messenger vouches for"),
            "memberships": array(MEMBERSHIP, about="The businesses that they work for"),
            "start": nullable(string(), "What the link that opened the Mini App carried"),
        },
        about="Who has signed in",
    ),
)
SIGNED_IN: Final = Component(
    "SignedIn",
    obj(
        {
            "access_token": _ACCESS,
            "refresh_token": _REFRESH,
            "expires_in": integer(1, about="Seconds that the access token is good for"),
            "user": USER,
        }
    ),
)
TELEGRAM: Final = Component(
    "TelegramLaunch", obj({"init_data": string(least=1, most=MAX_LAUNCH, about="`WebApp.initData` as it is")})
)
VK: Final = Component(
    "VkLaunch",
    obj(
        {
            "launch_params": string(
                least=1, most=MAX_LAUNCH, about="The query string that VK opens the app with"
            )
        }
    ),
)
REFRESH: Final = Component("Refresh", obj({"refresh_token": string(least=1, most=512)}))

ME_CHANGES: Final = obj({"locale": one_of(LOCALES)})
PHONE: Final = Component(
    "SignedPhone",
    obj(
        {
            "business": string(least=1, most=100, about="Id or slug"),
            "phone": string(
                least=1, most=20, about="As `VKWebAppGetPhoneNumber` gives it", example="79001234567"
            ),
            "sign": string(least=1, most=100),
        }
    ),
)
KEPT_PHONE: Final = obj({"phone": string(about="E.164", example="+79001234567"), "verified": constant(True)})
SESSION: Final = Component(
    "Session",
    obj(
        {
            "id": uuid(),
            "device": string(about="What the browser calls itself"),
            "created_at": instant(),
            "used_at": instant(),
            "expires_at": instant("When it is over unless it is used"),
            "current": {"type": "boolean", "description": "This one"},
        },
        about="Where somebody is signed in",
    ),
)
SESSIONS: Final = listing(SESSION)

_SCOPES: Final = array(one_of(Scope), least=1, about="What it is for; null: all that the role may")
TOKEN: Final = Component(
    "Token",
    obj(
        {
            "id": uuid(),
            "name": string(),
            "role": one_of(Role),
            "staff_id": nullable(uuid(), "The staff member that a master's token acts as"),
            "scopes": nullable(_SCOPES),
            "created_at": instant(),
        },
        about="A personal token of the API, without itself",
    ),
)
TOKENS: Final = listing(TOKEN)
MADE_TOKEN: Final = obj({"token": TOKEN, "value": string(about="Shown this once", example="oko_…")})
NEW_TOKEN: Final = Component(
    "NewToken",
    with_example(
        obj(
            {"name": string(least=1, most=2000, example="1С"), "role": one_of(Role)},
            {
                "staff_id": uuid("The staff member; a master's token has to have one, others have none"),
                "scopes": array(
                    one_of(Scope), least=1, about="What it is for; left out: all that the role may"
                ),
            },
        ),
        "name",
        "role",
    ),
)

MEMBER: Final = Component(
    "Member",
    obj(
        {
            "id": uuid(),
            "name": string(),
            "role": one_of(Role),
            "staff_id": nullable(uuid(), "The staff member that they are"),
            "locale": string(),
        },
        about="Somebody who works for the business",
    ),
)
MEMBERS: Final = listing(MEMBER)
NEW_INVITE: Final = Component(
    "NewInvite",
    obj(
        {"role": one_of(Role)},
        {
            "staff_id": uuid("The staff member who is invited; a master has to be one"),
            "name": string(most=2000),
        },
    ),
)
INVITE: Final = Component(
    "Invite",
    obj(
        {
            "start": string(about="Start parameter; good once, for seven days", example="join_…"),
            "links": array(
                obj({"channel": one_of(Channel), "url": string()}), about="What opens it in the messengers"
            ),
        }
    ),
)
