"""The table `[dkim]`: who vouches for our mail, and with which keys.

In:    the values of the table; the sender.
Out:   a frozen section with keys that are known to work; one line where the sender's domain is not vouched for.
Never: a key or a part of it in a message.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from digest.config.fields import SELECTOR, Domain, PrivateFile, signing_key
from digest.config.sections import Section, SiteSection
from digest.inputs import mailbox
from digest.mail.dkim import Key
from digest.mail.dkim_keys import Kind


class DkimSection(Section):
    """Signatures, with which a domain vouches for each message; none without a key."""

    selector: str = Field(
        "digest",
        pattern=f"^{SELECTOR}$",
        description="letters, digits and hyphens; where DNS has the RSA key's public half",
    )
    ed25519_selector: str = Field(
        "", pattern=f"^({SELECTOR})?$", description="and the Ed25519 key's; default: the selector with -ed25519"
    )
    domain: Domain = Field("", description="who vouches: the sender's domain, or one above it; default: the sender's")
    rsa_key_file: PrivateFile = Field(None, description="a private key in PEM; digest dkim generate makes both")
    rsa: SecretStr = Field(SecretStr(""), description="that key itself, as a systemd credential dkim_rsa")
    ed25519_key_file: PrivateFile = Field(None, description="a second key, of the newer kind")
    ed25519: SecretStr = Field(SecretStr(""), description="that key itself, as a systemd credential dkim_ed25519")

    @field_validator("ed25519_selector")
    @classmethod
    def _second_name(cls, value: str, info: ValidationInfo) -> str:
        if value and value.lower() == info.data.get("selector", "").lower():  # to DNS they are the same
            raise ValueError("is that of the RSA key, and one name in DNS has one key; name another")
        return value

    @field_validator("rsa_key_file", "ed25519_key_file")
    @classmethod
    def _good_file(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value:
            signing_key(_kind(info), value.read_bytes())
        return value

    @field_validator("rsa", "ed25519")
    @classmethod
    def _one_good_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if value and info.data.get(f"{info.field_name}_key_file"):
            raise ValueError(f"is given, and dkim.{info.field_name}_key_file too; keep one of the two")
        if value:
            signing_key(_kind(info), value.get_secret_value().encode())
        return value

    @property
    def keys(self) -> tuple[Key, ...]:
        """Those there are, wherever they are."""
        second = self.ed25519_selector or f"{self.selector}-ed25519"
        given = (self.selector, self.rsa_key_file, self.rsa), (second, self.ed25519_key_file, self.ed25519)
        found = [(name, file.read_bytes() if file else key.get_secret_value().encode()) for name, file, key in given]
        return tuple(Key(name, pem) for name, pem in found if pem)


def _kind(info: ValidationInfo) -> Kind:
    return "rsa" if str(info.field_name).startswith("rsa") else "ed25519"


def sender_domain(site: SiteSection) -> str:
    return mailbox(site.sender)[1].rpartition("@")[2]


def estranged(site: SiteSection, bounces: str) -> str:
    """What speaks against a domain for bounces that seems to be somebody else's; "" for nothing. Only a list of all
    registries would tell for sure (RFC 7489 section 3.2), so it is no error."""
    sender = sender_domain(site)
    if not bounces or bounces.split(".")[-2:] == sender.split(".")[-2:]:
        return ""
    return f"{bounces} seems not to belong to {sender}: for DMARC its SPF counts for nothing, only DKIM does"


def unaligned(site: SiteSection, dkim: DkimSection) -> Iterator[str]:
    """DMARC asks that who vouches is whom people see (RFC 7489 section 3.1.1)."""
    sender = sender_domain(site)
    if dkim.domain and not f".{sender}".endswith(f".{dkim.domain}"):
        yield f"dkim.domain: {dkim.domain} cannot vouch for mail from {sender}; name {sender}, or a domain above it"
