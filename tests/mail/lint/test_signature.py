"""What a signature must cover is looked for in each of them."""

import pytest

from tests.mail.lint.mails import HEAD, changed, mail, rules

FIELDS = [line.partition(":")[0] for line in HEAD.splitlines() if line[0] != " "]
COVERED = ":\n ".join(name for name in ["From", *FIELDS] if name != "Precedence")
SIGNED = (
    f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=k;\n h={COVERED};\n bh=eA==;\n b=eA==\n"
)


def test_a_mail_may_be_signed_by_two_keys() -> None:
    other = changed(SIGNED, "rsa-sha256", "ed25519-sha256")
    assert rules(mail(changed(HEAD, "From:", f"{SIGNED}{other}From:"))) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rsa-sha256", "rsa-sha1"),
        ("relaxed/relaxed", "simple/simple"),
        (" s=k;", "\n s=k; l=100;"),
        ("d=example.org", "d=example.com"),
        ("h=From:\n ", "h="),
        (":\n List-Unsubscribe-Post", ""),
        (":\n Feedback-ID", ""),
    ],
)
def test_each_slip_is_found(old: str, new: str) -> None:
    assert rules(mail(changed(HEAD, "From:", changed(SIGNED, old, new) + "From:"))) == {"signature.signed"}
