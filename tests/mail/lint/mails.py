"""A clean mail, made by hand, and the same with one thing changed. None of it comes from the code that writes ours."""

import quopri

from digest.mail.lint import lint

FSI, PDI = "\u2068", "\u2069"

HEAD = """\
From: "The Reading Room" <room@example.org>
To: "Ada" <ada@example.net>
Subject: 2 papers: Kites that fold themselves
Date: Thu, 28 May 2026 07:30:00 +0200
Message-ID: <Xk2mQ8w1xYt5R2n7@example.org>
Feedback-ID: 20260528:digest:0123456789ab
Auto-Submitted: auto-generated
Precedence: bulk
Reply-To: team@example.org
List-Id: "The Reading Room" <digest.room.example.org>
List-Help: <mailto:team@example.org?subject=help>
List-Unsubscribe: <https://room.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCc>,
 <mailto:team@example.org?subject=unsubscribe>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_fixed"
"""

TEXT = f"""\
The Reading Room
Thursday 28 May

2 papers for you.

Unsubscribe: https://room.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCc
Preferences: https://room.example.org/p/Zk3vQ8w1xYt5R2n7LpAaBbCc

1. Kites that fold themselves
   Mira Example and {FSI}سارا مثال{PDI}

   Paper that folds in wind, with x² ≤ 4.

   Abstract: https://papers.example.com/abs/1
   More like this: https://room.example.org/f/Zk3vQ8w1xYt5R2n7LpAaBbCc/more/1

2. Lamps that ask before they shine
   Tomas Sample

   A lamp asks, and waits.

   Abstract: https://papers.example.com/abs/2

You get this because ada@example.net subscribed.

Preferences: https://room.example.org/p/Zk3vQ8w1xYt5R2n7LpAaBbCc
Unsubscribe: https://room.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCc

Sent by The Reading Room <room@example.org>
"""

HTML = """\
<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>The Reading Room, 28 May</title>
<style>
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.page{background-color:#101214!important}
.ink{color:#e8e6e3!important}
.link{color:#9ec1ff!important}
}
[data-ogsb] .page{background-color:#101214!important}
[data-ogsc] .ink{color:#e8e6e3!important}
[data-ogsc] .link{color:#9ec1ff!important}
</style>
</head>
<body style="margin:0;padding:0">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">\
Also: Lamps that ask before they shine, and why both are here&#8199;&#847;</div>
<div role="article" aria-roledescription="email" aria-label="The Reading Room" lang="en" dir="ltr">
<!--[if mso]><table role="presentation" width="600" align="center"><tr><td><![endif]-->
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" \
style="background-color:#fdfcfa;max-width:600px;word-break:break-word">
<tr><td class="ink" style="padding:24px;color:#222222;font:16px/26px Georgia,serif">
<h1 style="margin:0;font:bold 24px/32px Georgia,serif">Thursday 28 May</h1>
<p style="margin:0">2 papers for you.</p>
<p style="margin:0"><a class="link" href="https://room.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCc" \
style="color:#1a4fa3">Unsubscribe</a>
<a class="link" href="https://room.example.org/p/Zk3vQ8w1xYt5R2n7LpAaBbCc" style="color:#1a4fa3">Preferences</a></p>
<h2 style="margin:0;font:bold 20px/28px Georgia,serif"><a class="link" href="https://papers.example.com/abs/1" \
style="color:#1a4fa3">Kites that fold themselves</a></h2>
<p style="margin:0">Mira Example and <span dir="rtl">سارا مثال</span></p>
<p style="margin:0">Paper that folds in wind, with x<sup style="font-size:70%;line-height:0">2</sup> ≤ 4.</p>
<p style="margin:0"><a class="link" href="https://room.example.org/f/Zk3vQ8w1xYt5R2n7LpAaBbCc/more/1" \
style="color:#1a4fa3">More like paper 1</a></p>
<h2 style="margin:0;font:bold 20px/28px Georgia,serif"><a class="link" href="https://papers.example.com/abs/2" \
style="color:#1a4fa3">Lamps that ask before they shine</a></h2>
<p style="margin:0">Tomas Sample</p>
<p style="margin:0">A lamp asks, and waits.</p>
<p style="margin:0">You get this because ada@example.net subscribed.</p>
<p style="margin:0"><a class="link" href="https://room.example.org/p/Zk3vQ8w1xYt5R2n7LpAaBbCc" \
style="color:#1a4fa3">Preferences</a>
<a class="link" href="https://room.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCc" style="color:#1a4fa3">Unsubscribe</a></p>
<p style="margin:0">Sent by The Reading Room, room@example.org</p>
</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</div>
</body>
</html>
"""


def crlf(text: str) -> bytes:
    return text.encode().replace(b"\n", b"\r\n")


def part(kind: str, content: str) -> str:
    encoded = quopri.encodestring(content.encode()).decode()
    head = f'Content-Type: text/{kind}; charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n'
    return f"\n--=_fixed\n{head}{encoded}"


def mail(head: str = HEAD, text: str = TEXT, html: str = HTML) -> bytes:
    return crlf(head + part("plain", text) + part("html", html) + "\n--=_fixed--\n")


def changed(whole: str, old: str, new: str) -> str:
    """Every `old` is replaced, and there is one."""
    assert old in whole
    return whole.replace(old, new)


def rules(message: bytes) -> set[str]:
    return {finding.rule for finding in lint(message)}


def broken(where: str, old: str, new: str) -> bytes:
    """The clean mail with a slip in its `text` or `html`."""
    return mail(**{where: changed({"text": TEXT, "html": HTML}[where], old, new)})
