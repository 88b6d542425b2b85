"""The press: the same bytes as here, and nobody pays for what one digest does."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from digest.errors import DigestError, MessageError
from digest.mail.compose import make_composer
from digest.mail.press import Make, Press
from digest.model import Digest
from digest.resources import templates_dir
from tests.mail.digests import READER, SITE, digest_of, picks
from tests.mail.poisonous import poisonous

SECRET = b"thirty-two characters of secret!"
MAKE = partial(make_composer, SITE, templates_dir(), SECRET)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Composers whose templates do harm to some."""
    return partial(make_composer, SITE, poisonous(tmp_path), SECRET)


def digest_for(name: str, count: int = 3) -> Digest:
    return digest_of(picks(count), subscriber=replace(READER, address=f"{name}@example.org"))


def children() -> list[int]:
    """The processes that this one started and that are still there, zombies too."""
    found = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return [int(pid) for line in found for pid in line.split()]


@pytest.fixture
def presses(request: pytest.FixtureRequest) -> Iterator[set[int]]:
    """What was running before; nothing else may be left."""
    before = set(children())
    yield before
    assert set(children()) == before


def opened_by(pid: int) -> list[str]:
    return [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]


async def child_of(press: Press, before: set[int]) -> int:
    """The process of a press that is at work."""
    await press.compose(digest_for("first"))
    [pid] = set(children()) - before
    return pid


async def test_the_bytes_are_those_of_composing_here() -> None:
    here = MAKE()
    readers = [digest_for(f"reader{number}", number) for number in (0, 1, 4, 10, 60)]
    readers.append(digest_of(picks(2), subscriber=replace(READER, name="Žofie 山田", address="z@exämple.org")))
    async with Press(MAKE) as press:
        composed = await asyncio.gather(*(press.compose(digest) for digest in readers))
    assert composed == [here.compose(digest) for digest in readers]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raise", "UndefinedError: 'of_nobody' is undefined"),
        ("loop", "composing it took longer than 0.5 s"),
        ("eat", "composing it needed more than 64 MB"),
    ],
)
async def test_only_the_digest_at_fault_is_refused(make: Make, name: str, reason: str, presses: set[int]) -> None:
    digests = [digest_for(each) for each in ("ada", name, "bo", name, "chi")]
    async with Press(make, seconds=0.5, megabytes=64) as press:
        await press.compose(digest_for("first"))
        done = await asyncio.gather(*(press.compose(digest) for digest in digests), return_exceptions=True)
    here = MAKE()
    assert [done[at] for at in (0, 2, 4)] == [here.compose(digests[at]) for at in (0, 2, 4)]
    assert [(type(done[at]), str(done[at])) for at in (1, 3)] == [(MessageError, reason)] * 2


async def test_a_refusal_of_the_composer_passes_as_it_is() -> None:
    digest = digest_for("jörg")
    async with Press(MAKE) as press:
        with pytest.raises(MessageError) as there:
            await press.compose(digest)
    with pytest.raises(MessageError) as here:
        MAKE().compose(digest)
    assert (there.value.what, there.value.mend) == (here.value.what, here.value.mend)


async def test_an_error_is_told_in_one_short_line_without_the_address() -> None:
    async with Press(Quoting) as press:
        with pytest.raises(MessageError) as told:
            await press.compose(digest_for("ada"))
    assert str(told.value).startswith("ValueError: (address) is no good: xxx")
    assert len(str(told.value)) == 300


class Quoting:
    """A composer whose errors are long and quote the reader."""

    def compose(self, digest: Digest) -> None:
        raise ValueError(f"{digest.subscriber.address} is\nno good: {'x' * 1000}")


async def test_a_process_that_dies_takes_only_the_digest_it_was_at(make: Make, presses: set[int]) -> None:
    async with Press(make) as press:
        pid = await child_of(press, presses)
        asyncio.get_running_loop().call_later(0.3, os.kill, pid, signal.SIGKILL)
        digests = [digest_for(each) for each in ("loop", "ada", "bo")]
        done = await asyncio.gather(*(press.compose(digest) for digest in digests), return_exceptions=True)
    assert str(done[0]) == "the process that composed it ended with -9"
    assert done[1:] == [MAKE().compose(digest) for digest in digests[1:]]


class Dying:
    """A composer that is the end of its process."""

    def compose(self, digest: Digest) -> None:
        os._exit(3)


@pytest.mark.slow
async def test_how_a_process_ended_is_never_lost() -> None:
    async with Press(Dying) as press:
        for _ in range(30):
            with pytest.raises(MessageError, match=r"ended with 3$"):
                await press.compose(digest_for("ada"))


async def test_nobody_is_blamed_for_a_process_that_died_while_it_had_nothing_to_do(presses: set[int]) -> None:
    async with Press(MAKE) as press:
        pid = await child_of(press, presses)
        with closing(Process(pid)) as process:
            os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(process.ended, 10)
        assert await press.compose(digest_for("ada")) == MAKE().compose(digest_for("ada"))


def deaf() -> object:
    """A composer whose process hears nothing more, and ends before it begins."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    return MAKE()


async def test_processes_that_end_before_they_begin_are_not_replaced_for_ever(presses: set[int]) -> None:
    async with Press(deaf) as press, asyncio.timeout(60):  # type: ignore[arg-type]
        with pytest.raises(DigestError, match="3 processes that compose ended before they began") as told:
            await press.compose(digest_for("ada"))
    assert not isinstance(told.value, MessageError)


async def test_one_that_is_cancelled_leaves_the_press_in_order(make: Make, presses: set[int]) -> None:
    async with Press(make) as press:
        await press.compose(digest_for("first"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await press.compose(digest_for("loop"))
        assert await press.compose(digest_for("ada")) == MAKE().compose(digest_for("ada"))


async def test_no_process_until_there_is_a_digest_and_one_for_all(presses: set[int]) -> None:
    async with Press(MAKE) as press:
        assert set(children()) == presses
        await asyncio.gather(*(press.compose(digest_for(name)) for name in ("ada", "bo", "chi")))
        assert len(set(children()) - presses) == 1


def test_a_press_may_be_entered_again_in_another_loop(presses: set[int]) -> None:
    press = Press(MAKE)

    async def two() -> list[object]:
        async with press:
            return await asyncio.gather(*(press.compose(digest_for(name)) for name in ("ada", "bo")))

    assert asyncio.run(two()) == asyncio.run(two())


async def test_templates_that_are_not_there_are_no_digests_fault(tmp_path: Path, presses: set[int]) -> None:
    async with Press(partial(make_composer, SITE, tmp_path, SECRET)) as press:
        for _ in range(2):
            with pytest.raises(DigestError, match="nothing can be composed: TemplateNotFound") as told:
                await press.compose(digest_for("ada"))
            assert not isinstance(told.value, MessageError)


async def test_a_process_that_cannot_start_is_no_digests_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for program, reason in (("/nowhere/python", "No such file"), ("/bin/false", "ended with 1")):
        monkeypatch.setattr(sys, "executable", program)
        async with Press(MAKE) as press:
            with pytest.raises(DigestError, match=reason) as told:
                await press.compose(digest_for("ada"))
        assert not isinstance(told.value, MessageError)


async def test_the_process_has_nothing_of_ours_and_heeds_no_signal_but_the_last(
    tmp_path: Path, presses: set[int]
) -> None:
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        async with Press(MAKE) as press:
            pid = await child_of(press, presses)
            opened = opened_by(pid)
            assert len(opened) == 4  # input, where its words go, errors, answers
            assert lock.name not in opened
            assert os.getsid(pid) == pid
            for number in (signal.SIGINT, signal.SIGTERM):
                os.kill(pid, number)
            await press.compose(digest_for("ada"))
            assert pid in children()


PARENT = """
import asyncio, sys
from functools import partial
from pathlib import Path
from digest.mail.compose import make_composer
from digest.mail.press import Press
from tests.mail.test_press import SECRET, SITE, child_of, children, digest_for

async def main(templates, name):
    async with Press(partial(make_composer, SITE, Path(templates), SECRET), seconds=2) as press:
        print(await child_of(press, set(children())), flush=True)
        await press.compose(digest_for(name)) if name else await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("name", ["", "loop"], ids=["idle", "looping"])
def test_no_process_outlives_a_killed_parent_by_more_than_its_deadline(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-c", PARENT, str(poisonous(tmp_path)), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        with closing(Process(int(parent.stdout.readline()))) as process:
            parent.kill()
            assert process.ended(10)


class Process:
    """Somebody's process, which can be waited for."""

    def __init__(self, pid: int) -> None:
        self._pidfd = os.pidfd_open(pid)

    def ended(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        return bool(select.select([self._pidfd], [], [], seconds)[0])

    def close(self) -> None:
        os.close(self._pidfd)
