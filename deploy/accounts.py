"""The bots and communities of this process, and how they are reached."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core.domain.client import Account, Channel
from core.domain.launch import TelegramKey, VkKey
from core.services.sign_in import LaunchKeys
from deploy.settings import Settings, TelegramMode, VkMode, secret_key


@dataclass(frozen=True, slots=True)
class TelegramSetup:
    """Telegram bots. ``webhook_base``: where Telegram is to post to; None: long polling."""

    tokens: Sequence[str]
    api_url: str
    webhook_base: str | None = None
    webhook_secret: str = ""


@dataclass(frozen=True, slots=True)
class VkGroupSetup:
    """A community. ``secret`` comes with each callback; ``confirmation`` None: asked from VK when it is
    wanted.
    """

    id: int
    token: str
    secret: str
    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class VkSetup:
    """VK communities. ``callback_base``: where VK is to post to; None: Long Poll.

    ``app_id``, ``app_secret``: the Mini App and its protected key.
    """

    groups: Sequence[VkGroupSetup]
    api_url: str
    callback_base: str | None = None
    app_id: int | None = None
    app_secret: str | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """All of them. ``bound``: the business that an account (channel, key) serves first; others are shared."""

    telegram: TelegramSetup
    vk: VkSetup
    bound: Mapping[tuple[Channel, str], UUID] = field(default_factory=dict)

    def listed(self) -> list[Account]:
        """As the core knows them."""
        keys = [(Channel.TELEGRAM, token.partition(":")[0]) for token in self.telegram.tokens]
        keys += [(Channel.VK, str(group.id)) for group in self.vk.groups]
        return [Account(channel, key, self.bound.get((channel, key))) for channel, key in keys]

    @property
    def launch_keys(self) -> LaunchKeys:
        """What the Mini App's hosts sign with."""
        vk = self.vk
        return LaunchKeys(
            telegram=tuple(TelegramKey.of_token(token) for token in self.telegram.tokens),
            vk=VkKey(vk.app_id, vk.app_secret) if vk.app_id and vk.app_secret else None,
            vk_groups=tuple(group.id for group in vk.groups),
        )


def derived_secret(key: bytes, purpose: str) -> str:
    """A secret of its own for each purpose, from the one key: 40 characters of 0–9 and a–f."""
    return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()[:40]


def configured_accounts(settings: Settings) -> Accounts:
    """What the environment names."""
    key = secret_key(settings).get_secret_value().encode()
    webhook_secret = settings.telegram_webhook_secret
    is_webhook = settings.telegram_mode is TelegramMode.WEBHOOK
    is_callback = settings.vk_mode is VkMode.CALLBACK
    return Accounts(
        telegram=TelegramSetup(
            tokens=[bot.token.get_secret_value() for bot in settings.telegram_bots],
            api_url=settings.telegram_api_url,
            webhook_base=settings.public_url if is_webhook else None,
            webhook_secret=(
                webhook_secret.get_secret_value()
                if webhook_secret
                else derived_secret(key, "telegram webhook")
            ),
        ),
        vk=VkSetup(
            groups=[
                VkGroupSetup(
                    id=group.id,
                    token=group.token.get_secret_value(),
                    secret=(
                        group.secret.get_secret_value()
                        if group.secret
                        else derived_secret(key, f"vk callback {group.id}")
                    ),
                    confirmation=group.confirmation,
                )
                for group in settings.vk_groups
            ],
            api_url=settings.vk_api_url,
            callback_base=settings.public_url if is_callback else None,
            app_id=settings.vk_app_id,
            app_secret=settings.vk_app_secret.get_secret_value() if settings.vk_app_secret else None,
        ),
    )
