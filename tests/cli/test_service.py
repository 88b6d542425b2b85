"""The unit of systemd, as it is written for a machine or an image; what it lets nobody do."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from digest.cli.root import run
from digest.cli.unit import ServiceError, checked, unit_text
from digest.config import load

PROGRAM = "/bin/true"  # a program that is there; this checkout may be where no service sees it
HERE = os.geteuid() == 0 and shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(not HERE, reason="root and systemd are needed: apt-get install systemd")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A root folder without a user for the service."""
    (tmp_path / "image" / "etc").mkdir(parents=True)
    return tmp_path / "image"


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What `digest service …` says, on stdout or in one line on stderr."""
    capsys.readouterr()
    assert run(["service", *arguments]) == code
    out, err = capsys.readouterr()
    assert err.count("\n") == (1 if code else 0), err
    return err or out


def test_the_unit_names_this_program_its_user_and_its_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = "--program", "/opt/digest/bin/digest"
    unit = told(capsys, "print", "--user", "papers", "--config", "/srv/papers/config.toml", *elsewhere)
    lines = unit.splitlines()
    assert "ExecStart=/opt/digest/bin/digest serve --config /srv/papers/config.toml" in lines
    assert "User=papers" in lines
    assert not re.search(r"@\w+@", unit)
    assert "--config /etc/digest/config.toml" in told(capsys, "print", *elsewhere)


def test_a_configuration_that_is_named_is_meant_also_by_its_usual_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/etc")
    asked = "print", "--program", PROGRAM
    assert "serve --config /etc/config.toml\n" in told(capsys, *asked, "--config", "config.toml")
    monkeypatch.setenv("DIGEST_CONFIG", "config.toml")
    assert "serve --config /etc/config.toml\n" in told(capsys, *asked)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/home/ada/digest-env/bin/digest", "the service does not see /home, where /home/ada/"),
        ("/root/venv/bin/digest", "the service does not see /root"),
        ("/tmp/digest", "the service does not see /tmp"),
        ("/opt/../home/ada/digest", "the service does not see /home, where /home/ada/"),
        ("bin/digest", "“bin/digest” is no whole path; begin it with /"),
        ("/opt/my digest/bin/digest", "has characters that mean something to systemd"),
        ("/opt/100%/digest", "has characters that mean something to systemd"),
    ],
)
def test_a_path_that_cannot_work_is_refused(path: str, said: str) -> None:
    with pytest.raises(ServiceError, match=re.escape(said)):
        checked(Path(path))
    assert checked(Path("/opt/homeless/bin/digest"))


@pytest.mark.parametrize("user", ["root", "", "Ada Lovelace", "x\nUser=root"])
def test_a_user_that_is_none_for_a_service_is_refused(user: str) -> None:
    with pytest.raises(ServiceError, match="no user for a service"):
        unit_text(user, Path("/etc/digest/config.toml"))


@needs_systemd
def test_systemd_finds_the_unit_sound_and_its_walls_high(tmp_path: Path) -> None:
    unit = tmp_path / "digest.service"
    unit.write_text(unit_text("digest", Path("/etc/digest/config.toml"), Path(PROGRAM)))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    analysed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=True,
    )
    exposure = re.search(r"Overall exposure level for digest.service: ([\d.]+)", analysed.stdout)
    assert exposure
    assert float(exposure[1]) <= 1.5


@needs_systemd
def test_an_image_gets_unit_user_folders_and_configuration(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "next: fill in /etc/digest/config.toml" in told(
        capsys, "install", "--program", PROGRAM, "--root", str(image)
    )
    unit, config = image / "etc/systemd/system/digest.service", image / "etc/digest/config.toml"
    [account] = [line.split(":") for line in (image / "etc/passwd").read_text().splitlines() if "digest" in line]
    numbers = int(account[2]), int(account[3])
    assert account[5:] == ["/var/lib/digest", "/usr/sbin/nologin"]
    for path, mode, owner in (
        (unit, 0o644, (0, 0)),
        (config, 0o640, (0, numbers[1])),
        (config.parent, 0o750, (0, numbers[1])),
        (image / "var/lib/digest", 0o750, numbers),
    ):
        found = path.stat()
        assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (mode, *owner), path
    assert load(config).home == Path("/var/lib/digest")


@needs_systemd
def test_installing_twice_keeps_what_the_operator_wrote(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "install", "--program", PROGRAM, "--root", str(image))
    config = image / "etc/digest/config.toml"
    config.write_text("mine")
    before = (image / "etc/passwd").read_text()
    assert "systemctl restart digest" in told(capsys, "install", "--program", PROGRAM, "--root", str(image))
    assert (config.read_text(), (image / "etc/passwd").read_text()) == ("mine", before)

    assert "kept, as is the user: /etc/digest, /var/lib/digest" in told(capsys, "uninstall", "--root", str(image))
    assert config.read_text() == "mine"
    assert not (image / "etc/systemd/system/digest.service").exists()
    assert "there is no " in told(capsys, "uninstall", "--root", str(image))


@needs_systemd
def test_a_unit_of_somebody_else_is_left_alone(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = image / "etc/systemd/system/digest.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/usr/bin/other\n")
    for command in (("install", "--program", PROGRAM), ("uninstall",)):
        assert "was not written by digest; move it away" in told(capsys, *command, "--root", str(image), code=1)
    assert unit.read_text().endswith("/usr/bin/other\n")
    assert not (image / "etc/digest").exists()


@needs_systemd
def test_installing_again_forgets_no_option(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install = "install", "--program", PROGRAM, "--root", str(image)
    own = "--user", "papers", "--config", "/etc/papers/config.toml"
    told(capsys, *install, *own)
    unit = image / "etc/systemd/system/digest.service"
    before = unit.read_text()
    said = told(capsys, *install, code=1)
    assert "the unit was written with --user papers --config /etc/papers/config.toml; say so again" in said
    assert unit.read_text() == before
    assert not (image / "etc/digest").exists()
    told(capsys, *install, *own)


@needs_systemd
def test_root_writes_through_nobodys_link(image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, victim = image / "var/lib/digest", tmp_path / "shadow"
    folder.mkdir(parents=True)
    victim.write_text("root:*")
    (folder / ".config.toml.new").symlink_to(victim)
    config = "--config", "/var/lib/digest/config.toml"  # where the service itself may write
    told(capsys, "install", "--program", PROGRAM, *config, "--root", str(image))
    assert victim.read_text() == "root:*"
    assert not (folder / "config.toml").is_symlink()


@needs_systemd
def test_a_folder_that_is_no_root_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is no root folder" in told(capsys, "install", "--program", PROGRAM, "--root", str(tmp_path), code=1)
    assert not list(tmp_path.iterdir())


@needs_systemd
def test_only_root_may_install(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.seteuid(65534)
    try:
        for command in (("install", "--program", PROGRAM), ("uninstall",)):
            assert "only root may do this" in told(capsys, *command, "--root", str(image), code=1)
    finally:
        os.seteuid(0)
