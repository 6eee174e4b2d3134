"""PostgreSQL and Valkey that come with the program, for when no address of a server is configured.

How they live:

* A *place* (:mod:`.place`) holds a server's files: under the data folder, or under ``/var/lib/okoshko`` when
  root runs the program and the unprivileged account that the servers run as can't reach the data folder.
* A *lease* (:mod:`.lease`) is a program's share in a running server: a shared ``flock``, which the kernel
  gives back however the program ends. The first one in starts the server, the last one out stops it.
* A *guardian* (:mod:`.guardian`) is a small process for each server: its parent. It restarts a server that
  crashed, and stops it when all leases are gone, also those of programs that were killed. Should the guardian
  be killed, Linux passes that on to the server; elsewhere the next start stops the orphan and takes over its
  data.
"""

from deploy.embedded.errors import EmbeddedServerError
from deploy.embedded.servers import EmbeddedServers, embedded_servers, running_ports

__all__ = ["EmbeddedServerError", "EmbeddedServers", "embedded_servers", "running_ports"]
