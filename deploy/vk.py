"""The VK communities of this process. Loaded where there are any: vkbottle takes its time."""

from __future__ import annotations

from bots.dialogs.delivery import Notice
from bots.dialogs.payload import Signer
from bots.dialogs.runtime import Runtime
from bots.vk.api import VkSession, make_community
from bots.vk.callback import receiver
from bots.vk.sender import VkSender
from bots.vk.service import VkService
from bots.vk.setup import Callback
from core.ports.channels import Sender
from deploy.accounts import VkGroupSetup, VkSetup
from deploy.compose import Core
from storage.redis.cursors import RedisCursors


class VkCommunities:
    """``communities`` on one HTTP session, ``receive`` for their callbacks."""

    def __init__(self, core: Core, setup: VkSetup, runtime: Runtime) -> None:
        self._core = core
        self._setup = setup
        self._runtime = runtime
        self._session = VkSession(setup.api_url)
        self.communities = [self._community(group) for group in setup.groups]
        self.receive = receiver({each.group_id: each for each in self.communities})

    def sender(self, *, notice: Notice, signer: Signer) -> Sender:
        """The outbox's way out through them; ``notice`` words a message."""
        return VkSender({each.account: each for each in self.communities}, notice=notice, signer=signer)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _community(self, group: VkGroupSetup) -> VkService:
        setup, callback = self._setup, None
        if setup.callback_base is not None:
            url = f"{setup.callback_base}/hooks/vk/{group.id}"
            callback = Callback(url, group.secret, group.confirmation)
        return VkService(
            make_community(group.id, group.token, self._session),
            dialogs=self._runtime,
            reach=self._core.clients,
            uow=self._core.uow,
            clock=self._core.clock,
            app_id=setup.app_id,
            callback=callback,
            cursors=RedisCursors(self._core.redis),
        )
