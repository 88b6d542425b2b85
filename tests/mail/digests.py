"""A day of plainly fictional papers, and the digest of Ada who reads them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from digest.mail.render import Links, Renderer
from digest.model import (
    Digest,
    Match,
    Paper,
    Pick,
    Ranked,
    Rising,
    Site,
    Subscriber,
    Topic,
    TopicKind,
    Trend,
    TrendLabel,
)
from digest.resources import templates_dir
from digest.templating import Templates

DAY = date(2026, 5, 28)
UNSUBSCRIBE = "https://papers.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCcDdEeFf01"
KEEP = "https://papers.example.org/k/Zk3vQ8w1xYt5R2n7LpAaBbCcDdEeFf02"
PREFERENCES = "https://papers.example.org/p/Zk3vQ8w1xYt5R2n7LpAaBbCcDdEeFf03"
VIEW = f"https://papers.example.org/v/Zk3vQ8w1xYt5R2n7LpAaBbCcDdEeFf04/{DAY}"
FEEDBACK = "https://papers.example.org/f/Zk3vQ8w1xYt5R2n7LpAaBbCcDdEeFf05"
LINKS = Links(
    unsubscribe=UNSUBSCRIBE, preferences=PREFERENCES, view=VIEW, more=f"{FEEDBACK}/more/", less=f"{FEEDBACK}/less/"
)
ASKING = replace(LINKS, keep=KEEP)
SITE = Site(
    name="The Morning Papers",
    base_url="https://papers.example.org",
    sender_name="The Morning Papers",
    sender_address="papers@example.org",
    postal_address="Example Institute, 1 Harbour Street, 12345 Sampletown",
)
GRAPHS = Topic(TopicKind.PHRASE, "graph neural networks")
ROBOTS = Topic(TopicKind.CATEGORY, "cs.RO")
ADA = Topic(TopicKind.AUTHOR, "Grete Hermann")
READER = Subscriber(id=7, address="ada@example.org", zone="Europe/Berlin", at=time(7, 30), topics=(GRAPHS, ROBOTS, ADA))
RISING = (
    Rising(phrase="spoken navigation", papers=5, times=3.04, fields=("cs.RO", "cs.CL")),
    Rising(phrase="forgetful routers", papers=9, times=2.42, fields=("cs.LG",)),
    Rising(phrase="kindness objectives", papers=3, times=140.0, fields=("cs.RO",)),
)
SILENT = replace(READER, keep_by=date(2026, 6, 26))

# title, authors, category, topic, words, trend, abstract
_ROWS: list[Any] = [
    (
        "Sparse Routers That Learn to Forget: Message Passing with $O(n\\log n)$ Memory",
        ["Mira Okonkwo", "Tomas Lindqvist", "Wei Zhang", *[f"Author {c}" for c in "ABCDEFGHIJKLMN"]],
        "cs.LG",
        GRAPHS,
        ("graph neural networks",),
        {"signal": "hf_upvotes", "value": 61, "gain": 48, "hours": 9, "usual": 6.2, "history": (3, 5, 11, 24, 61)},
        (
            "Graph networks remember everything, which is why they are slow. We teach the router of a "
            "message-passing network to forget: each node keeps only the $k$ edges that changed its state most,"
            " and drops the rest after \\emph{one} round. On eleven invented benchmarks the network needs "
            "$O(n\\log n)$ memory instead of $O(n^2)$, trains 4$\\times$ faster and loses less than 0.3\\% "
            "accuracy, \\eg on the imaginary PARCEL-9M. We also show where forgetting hurts: long chains with "
            "$h_{i}^{(t)} \\approx 0$. Code and the toy data are made up."
        ),
    ),
    (
        "What the Attention Head Saw on the Way to the Harbour",
        ["Ines Barbosa", "Jonas Feld"],
        "cs.CL",
        GRAPHS,
        ("graph", "neural"),
        {"signal": "github_stars", "value": 310, "gain": 120, "hours": 30, "usual": 2.4, "history": (12, 80, 190, 310)},
        (
            "We follow one attention head of a small graph transformer through a week of pretend training. The "
            "head first counts commas, then learns directions, then the harbour. None of it is planned, all of "
            "it can be measured. We give a simple probe, a plot for each day and a warning about reading too "
            "much into either of them."
        ),
    ),
    (
        "A Slow Gripper Is a Kind Gripper",
        ["Paula Nyström", "Kofi Mensah", "Li Na", "Sven Ohm"],
        "cs.RO",
        ROBOTS,
        ("cs.RO",),
        {"signal": "hf_upvotes", "value": 17, "gain": 17, "hours": 5, "usual": None, "history": (0, 17)},
        (
            "Fast grippers break eggs. We slow a two-finger gripper down to 3\\,cm/s and measure eggs, patience "
            "and cost (about $5 and $10 a day). Of 1,200 fictional eggs, 1,199 survive; the last was "
            "hard-boiled. We argue that kindness is a control objective and give its gradient."
        ),
    ),
    (
        "Walking Robots That Ask for the Way in Dialect",
        ["Rosa Amsel"],
        "cs.RO",
        ROBOTS,
        ("cs.RO",),
        {"signal": "burst", "value": 5, "usual": 3.0, "phrase": "spoken navigation", "history": ()},
        (
            "Robots that ask for the way get there sooner, if they understand the answer. We collect 40 hours "
            "of invented directions in nine dialects and fine-tune a small model on them. It finds the bakery "
            "in 92\\% of the trials."
        ),
    ),
    (
        "On Commuting Operators, Reconsidered",
        ["Grete Hermann", "سارا احمدی", "Emmy N."],
        "quant-ph",
        ADA,
        ("Grete Hermann",),
        {"signal": "fresh", "hours": 20, "history": ()},
        (
            "We look again at $[A, B] = 0$ for operators on $\\mathbb{R}^n$ and find that most of what was said "
            "about it is true. The rest concerns $\\|A\\|_2 \\ge \\sqrt{n}$."
        ),
    ),
    (
        "Benchmarks Nobody Asked For",
        ["Anonymous Collective", "B. Ficticio"],
        "cs.AI",
        None,
        (),
        {"signal": "hf_comments", "value": 44, "gain": 31, "hours": 12, "usual": 1.2, "history": (4, 13, 44)},
        (
            "We count benchmarks. There are many. We propose one more, which measures how many there are, and "
            "show that it saturates."
        ),
    ),
    (
        "``Small'' Language Models -- A Field Guide for the Impatient",
        ["Otto Klein"],
        "cs.CL",
        None,
        (),
        {"signal": "sources", "value": 3, "history": ()},
        (
            "A field guide to models that fit in a pocket, with drawings. We name 31 species, their habitats "
            "and what they eat. The guide is invented from cover to cover."
        ),
    ),
    (
        "Twelve Ways to Lose a Gradient",
        ["Amara Diallo", "Piet Vos"],
        "cs.LG",
        GRAPHS,
        ("graph", "networks"),
        {"signal": "hf_upvotes", "value": 29, "gain": 21, "hours": 18, "usual": 1.9, "history": (2, 8, 8, 15, 29)},
        (
            "Gradients get lost in deep graph networks. We list twelve ways, from the obvious ($\\nabla f = 0$) "
            "to the embarrassing (a sign). For each we give the smallest network that loses it and a test that "
            "finds it again."
        ),
    ),
    (
        "Soft Hands, Hard Floors: Falling as a Skill",
        ["Yuki Sato", "Ana Prado", "Noor Aziz"],
        "cs.RO",
        ROBOTS,
        ("cs.RO",),
        {"signal": "github_stars", "value": 95, "gain": 60, "hours": 44, "usual": 3.4, "history": (10, 35, 95)},
        (
            "A robot that cannot fall cannot learn to walk. We train falling first, in 30 invented kitchens, "
            "and get walking almost for free. Damage per fall drops by $\\sim 70\\%$."
        ),
    ),
    (
        "Reading Other People's Loss Curves",
        ["Lena Fuchs"],
        "stat.ML",
        None,
        (),
        {"signal": "hf_comments", "value": 12, "gain": 9, "hours": 20, "usual": None, "history": (3, 12)},
        (
            "Loss curves tell stories. We read two hundred of them aloud and ask an audience which runs were "
            "restarted. The audience is right more often than the logs."
        ),
    ),
]


def pick(number: int, **changes: object) -> Pick:
    """The `number`-th pick, 1 to any: the papers come round again."""
    title, authors, field, topic, words, trend, abstract = _ROWS[(number - 1) % len(_ROWS)]
    name = f"2605.{28000 + number * 37}"
    links = {
        "abstract": f"https://arxiv.org/abs/{name}",
        "pdf": f"https://arxiv.org/pdf/{name}",
        "html": f"https://arxiv.org/html/{name}",
    }
    if number % 2:
        links |= {"code": f"https://code.example.org/fiction/{number}", "page": f"https://huggingface.co/papers/{name}"}
    paper = Paper(
        id=f"arxiv:{name}", title=title, abstract=abstract, authors=tuple(authors), categories=(field,), links=links
    )
    label = TrendLabel.NEW if trend["signal"] == "fresh" else TrendLabel.RISING
    why = Match(topic=topic, score=0.9, words=words, also=(ROBOTS,) if number == 2 else ())
    ranked = Ranked(
        paper=replace(paper, **changes),  # type: ignore[arg-type]
        trend=Trend(score=1 / number, label=label, field=field, **trend),
        rank=number,
        edition=DAY,
    )
    return Pick(ranked=ranked, match=why, score=1 / number)


def picks(count: int, **changes: object) -> tuple[Pick, ...]:
    return tuple(pick(number, **changes) for number in range(1, count + 1))


def digest_of(chosen: tuple[Pick, ...], **changes: object) -> Digest:
    digest = Digest(
        subscriber=READER,
        local_date=DAY,
        edition=DAY,
        edition_at=datetime(2026, 5, 28, 4, 0, tzinfo=UTC),
        picks=chosen,
        considered=84,
        matched=12,
    )
    return replace(digest, **changes)  # type: ignore[arg-type]


def fresh_renderer(site: Site = SITE) -> Renderer:
    return Renderer(site, Templates(templates_dir()))


renderer = cache(fresh_renderer)  # to compile the templates takes longer than most tests
