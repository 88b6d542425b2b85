"""A real Postfix and a real OpenDKIM in a folder of their own, on loopback.

In:    a folder that every user may enter, and the public keys that stand in for DNS.
Out:   a port that takes mail, and the Maildir it ends up in, with what OpenDKIM thought of it.
Never: mail that leaves this machine: this Postfix has no client that could, and its queue is its own.
"""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

NEEDED = ("postfix", "opendkim")
HERE = os.geteuid() == 0 and all(map(shutil.which, NEEDED))
PATIENCE = 600  # looks

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_milters = inet:127.0.0.1:{milter}
milter_default_action = tempfail
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
local_transport = error:nobody lives here
alias_maps =
alias_database =
"""

# service, type, and the program behind it; none of them is a client.
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

# The senders on this machine are to be judged like those from outside.
MILTER = """
Mode v
Socket inet:{port}@127.0.0.1
UserID opendkim
PidFile {folder}/opendkim.pid
InternalHosts 192.0.2.1
AlwaysAddARHeader yes
AuthservID mx.example.org
TestPublicKeys {keys}
"""


@dataclass(frozen=True, slots=True)
class Mailhost:
    """`port` takes mail for example.org; everybody's goes into `maildir`."""

    folder: Path
    port: int

    @property
    def maildir(self) -> Path:
        return self.folder / "mail"

    def mails(self, count: int) -> list[bytes]:
        """So many, once they have arrived."""
        for _ in range(PATIENCE):
            files = sorted((self.maildir / "new").glob("*")) + sorted((self.maildir / "cur").glob("*"))
            if len(files) >= count:
                return [file.read_bytes() for file in files]
            Event().wait(0.05)
        raise AssertionError((self.folder / "log").read_text())


@contextmanager
def mailhost(folder: Path, keys: Path) -> Iterator[Mailhost]:
    """Raises AssertionError with the log where it does not start."""
    port, milter, owner = free_port(), free_port(), pwd.getpwnam("nobody")
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder, owner.pw_uid)
    values = {"folder": folder, "milter": milter, "uid": owner.pw_uid, "gid": owner.pw_gid, "port": port}
    (folder / "etc" / "main.cf").write_text(MAIN.format(**values))
    (folder / "etc" / "master.cf").write_text(MASTER.format(**values))
    settings = folder / "opendkim.conf"
    settings.write_text(MILTER.format(folder=folder, port=milter, keys=keys))
    with subprocess.Popen(["opendkim", "-f", "-x", settings]) as judge:
        answers(milter)
        postfix(folder, "start")
        try:
            answers(port)
            yield Mailhost(folder, port)
        finally:
            postfix(folder, "stop")
            judge.terminate()


def postfix(folder: Path, order: str) -> None:
    done = subprocess.run(["postfix", "-c", folder / "etc", order], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + "\n".join(file.read_text() for file in folder.glob("log"))


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def answers(port: int) -> None:
    """Returns once somebody listens there."""
    for _ in range(PATIENCE):
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        Event().wait(0.05)
    raise AssertionError(f"nobody listens at port {port}")
