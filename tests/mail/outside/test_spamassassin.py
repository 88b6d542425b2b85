"""A spam filter that thousands of servers run takes the mail for what it is: that of a list that many asked for."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.captures

AT_MOST = -0.5  # points; 5.0 is spam
LETTER = 0.0  # one to a single person has no list's fields to speak for it
HALFWAY = 2.5
OF_OTHERS = "LONGWORDS"  # ten words of five letters and more in a row: that is how some abstracts are written
SCORE = re.compile(r"Content analysis details: +\((-?[0-9.]+) points")
RULE = re.compile(r"^ ?(-?[0-9]+\.[0-9]) ([A-Z][A-Z0-9_]+) ", re.MULTILINE)


def judged(messages: list[bytes], folder: Path) -> list[tuple[float, dict[str, float]]]:
    """Points and what they are for, of each; no lookups (-L), the program's own defaults."""
    for number, message in enumerate(messages):
        (folder / f"{number:03}.eml").write_bytes(message)
    done = subprocess.run(
        ["spamassassin", "-L", "-t", *sorted(map(str, folder.glob("*.eml")))],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=1200,
        check=True,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    reports = re.split(r"(?=^Content analysis details:)", done.stdout, flags=re.MULTILINE)[1:]
    return [_verdict(report) for report in reports]


def _verdict(report: str) -> tuple[float, dict[str, float]]:
    """Of a sum, an empty line, a table and whatever comes after."""
    found, table, *_ = report.split("\n\n")
    points = SCORE.match(found)
    assert points, found
    return float(points[1]), {rule: float(each) for each, rule in RULE.findall(table)}


@pytest.fixture(autouse=True)
def _there() -> None:
    if not shutil.which("spamassassin"):
        pytest.skip("there is no SpamAssassin here")


def test_no_mail_is_taken_for_spam(sample: dict[str, bytes], tmp_path: Path) -> None:
    verdicts = dict(zip(sample, judged([*sample.values()], tmp_path), strict=True))
    points = [found for found, _ in verdicts.values()]
    print(f"{len(points)} mails: {min(points)} to {max(points)} points")
    assert len(sample) >= 40
    limits = {name: LETTER if name.startswith("letter-") else AT_MOST for name in sample}
    ours = {name: found - rules.get(OF_OTHERS, 0.0) for name, (found, rules) in verdicts.items()}
    assert {name: verdicts[name] for name, found in ours.items() if found > limits[name]} == {}
    assert max(points) < HALFWAY


def test_a_mail_that_begs_for_it_is(golden_mails: dict[str, bytes], tmp_path: Path) -> None:
    """The judge is awake."""
    usual = golden_mails["ordinary-day"]
    begging = usual.replace(b"Subject: ", b"Subject: VIAGRA!!! FREE $$$ ").replace(b"\r\nTo: ", b"\r\nX-To: ")
    (fair, _), (foul, _) = judged([usual, begging], tmp_path)
    assert fair <= AT_MOST < foul
