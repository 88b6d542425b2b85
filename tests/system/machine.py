"""A machine of its own on this one, which a real systemd boots.

In:    this machine's /usr and this checkout with its Python, all read-only; an empty disk.
Out:   commands that run in it, and what its journal says.
Never: a service of this machine, a cgroup of its own left behind. The network is shared: loopback reaches the tests.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sysconfig import get_path

CHECKOUT = Path(__file__).parents[2]
SECONDS = 120  # for a boot, or for what a command tells systemd to do
HOME = "/opt/digest"
PROGRAM = f"""#!{HOME}/bin/python
import sys
sys.path.insert(0, "{HOME}/src")
from digest.__main__ import main
main()
"""
ACCOUNTS = {
    "passwd": "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "hosts": "127.0.0.1 localhost\n",
    "ld.so.conf": "/opt/python/lib\ninclude /etc/ld.so.conf.d/*.conf\n",
    "machine-id": "",
    "os-release": "ID=test\n",
}


class Machine:
    """`machine("systemctl", "is-active", "digest")` runs in it as root and gives back its output."""

    def __init__(self, root: Path, leader: int) -> None:
        self.root, self._leader = root, leader

    def __call__(self, *command: str, code: int = 0, told: str = "") -> str:
        """`told` goes to its input. What it says on stderr comes back too."""
        done = subprocess.run(
            self._inside(*command),
            input=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == code, f"{command} → {done.returncode}\n{done.stdout}"
        return done.stdout

    def _inside(self, *command: str) -> list[str]:
        enter = ["nsenter", f"--target={self._leader}", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root"]
        return [*enter, "--wd=/", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command]

    def tells(self, unit: str, *properties: str) -> dict[str, str]:
        """What systemd knows of a unit."""
        said = self("systemctl", "show", unit, f"--property={','.join(properties)}")
        return dict(line.split("=", 1) for line in said.splitlines())

    @contextmanager
    def journal(self, unit: str) -> Iterator[Iterator[str]]:
        """What the unit, and systemd about it, say from the first time on; it waits for more at the end."""
        command = self._inside("journalctl", "--unit", unit, "--follow", "--lines=all", "--output=json")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            try:
                yield (str(json.loads(line).get("MESSAGE")) for line in process.stdout)
            finally:
                process.kill()


@contextmanager
def booted(folder: Path) -> Iterator[Machine]:
    """Up when it has started all that it starts; at the end its power is cut."""
    name, root, notify = f"digest-test-{os.getpid()}", folder / "root", folder / "notify"
    command = [
        *("systemd-nspawn", "--quiet", f"--directory={root}", f"--machine={name}", *_furnish(root)),
        *("--register=no", "--keep-unit", "--notify-ready=yes", "--console=pipe", "--link-journal=no"),
        *("--resolv-conf=off", "--timezone=off", "/usr/lib/systemd/systemd", "--unit=multi-user.target"),
    ]
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel,
        (folder / "console").open("wb") as console,
        _cgroups(name) as groups,
    ):
        channel.bind(str(notify))
        channel.settimeout(SECONDS)
        process = subprocess.Popen(
            [
                "sh",
                "-c",
                f'for group in {" ".join(groups)}; do echo $$ > $group/cgroup.procs; done; exec "$@"',
                "sh",
                *command,
            ],
            env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(notify), "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
        )
        try:
            with _ended(_leader(channel)) as leader:
                machine = Machine(root, leader)
                machine("ldconfig")  # its Python may have a library beside it, which it knows by another path
                yield machine
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(f"/run/systemd/nspawn/propagate/{name}", ignore_errors=True)


def _leader(channel: socket.socket) -> int:
    """Its first process, once systemd says that it is ready."""
    said: dict[str, str] = {}
    while "READY" not in said:
        said |= dict(line.split("=", 1) for line in channel.recv(4096).decode().splitlines() if "=" in line)
    channel.close()  # it goes on telling of itself, and would wait for ever for somebody to read it
    return int(said["X_NSPAWN_LEADER_PID"])


@contextmanager
def _ended(leader: int) -> Iterator[int]:
    """With the first process of a machine the kernel ends all others; this waits for it."""
    alive = os.pidfd_open(leader)
    try:
        yield leader
    finally:
        signal.pidfd_send_signal(alive, signal.SIGKILL)
        select.select([alive], [], [], SECONDS)
        os.close(alive)


def _furnish(root: Path) -> Iterator[str]:
    """The folders of a system whose every program is in /usr, and this checkout below /opt, where services see it."""
    for name in ("usr", "etc", "var", "run", "tmp", "proc", "sys", "dev", "root", "opt/python", "opt/digest/src"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    for name, text in ACCOUNTS.items():
        (root / "etc" / name).write_text(text)
    (root / "tmp").chmod(0o1777)
    shutil.copytree("/etc/ld.so.conf.d", root / "etc/ld.so.conf.d")
    shutil.copy("/etc/ld.so.cache", root / "etc")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    home = root / HOME.lstrip("/")
    packages = home / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (home / "bin").mkdir()
    (home / "bin" / "python").symlink_to(f"/opt/python/bin/{version}")
    (home / "pyvenv.cfg").write_text("home = /opt/python/bin\n")
    (home / "bin" / "digest").write_text(PROGRAM)
    (home / "bin" / "digest").chmod(0o755)
    yield "--bind-ro=/usr"
    yield f"--bind-ro={sys.base_prefix}:/opt/python"
    yield f"--bind-ro={get_path('purelib')}:{HOME}/lib/{version}/site-packages"
    yield f"--bind-ro={CHECKOUT}:{HOME}/src"


@contextmanager
def _cgroups(name: str) -> Iterator[list[str]]:
    """A group of its own wherever systemd keeps some: beside this machine's, and gone with all below it at the end."""
    tops = [Path("/sys/fs/cgroup", each) for each in ("systemd", "unified", "")]
    groups = [top / name for top in tops if (top / "cgroup.procs").exists()]
    try:
        for group in groups:
            group.mkdir()
        yield [str(group) for group in groups]
    finally:
        for group in groups:
            for folder, _, _ in os.walk(group, topdown=False):
                with suppress(OSError):  # systemd may be faster
                    Path(folder).rmdir()
