"""What TeX macros stand for.

In:    nothing; pylatexenc's table and our own on top of it.
Out:   constant tables by macro name.
Never: parsing (that is `reader.py`).
"""

from collections.abc import Mapping

from pylatexenc.latex2text import get_default_latex_context_db


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(text: str) -> dict[str, str]:
    """`name=value name=value`; `␣` is a space in a value."""
    pairs = (pair.split("=", 1) for pair in text.split())
    return {name: value.replace("␣", " ") for name, value in pairs}


FUNCTIONS = _names(
    """arccos arccosh arcsin arcsinh arctan arctanh arg argmax argmin cos cosh cot coth csc deg det diag dim exp gcd hom
    inf ker lg lim liminf limsup ln log max min mod polylog poly Pr rank sec sin sinh sup tan tanh tr"""
)

# Styles with an argument, and switches that hold to the end of their group.
STYLES = _table("emph=em textit=em textsl=em textbf=strong texttt=code path=code")
SWITCHES = _table("it=em em=em sl=em itshape=em slshape=em bf=strong bfseries=strong tt=code ttfamily=code")

SILENT = _names(
    """left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm biggm limits nolimits
    displaylimits displaystyle textstyle scriptstyle scriptscriptstyle rm sf sc cal frak rmfamily sffamily scshape
    mdseries upshape mathstrut normalfont tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge
    centering indent noindent allowbreak nobreak newline linebreak pagebreak newpage clearpage relax protect xspace
    ignorespaces unskip hfil hfill vfill par item smallskip medskip bigskip maketitle appendix nonumber notag faGithub
    romannumeral ensuremath boldmath unboldmath selectfont"""
)

# Alphabets that plain letters stand for well enough.
ALPHABETS = _names(
    """mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathnormal boldsymbol bm pmb underline uline textsc
    textsf textmd textlf bold hbox fbox makebox framebox underbrace overbrace"""
)

# How many arguments say nothing to a reader.
DROPPED: Mapping[str, int] = {
    **dict.fromkeys(
        _names(
            """cite citep citet citeauthor citeyear citeyearpar citealp citealt citenum parencite textcite autocite
            footcite fullcite onlinecite nocite Cite Citep Citet Parencite Textcite ref eqref pageref nameref cref Cref
            autoref label color vspace hspace phantom vphantom hphantom input include includegraphics index
            bibliography bibliographystyle textcolor colorbox thanks orcidlink setcounter usepackage documentclass
            pagestyle thispagestyle raisebox scalebox rotatebox parbox"""
        ),
        1,
    ),
    **dict.fromkeys(_names("fcolorbox resizebox multicolumn multirow rule cites setlength"), 2),
    "footnotemark": 0,
}

_OWN = _table(
    """eg=e.g. ie=i.e. etal=et␣al. etc=etc. cf=cf. wrt=w.r.t. iid=i.i.d. vs=vs. aka=a.k.a. LaTeX=LaTeX TeX=TeX
    percent=% textpercent=% and=, textbackslash=␣ backslash=∖ lt=< gt=> textless=< textgreater=> colon=: degree=°
    Box=□ Diamond=◇ implies=⟹ iff=⟺ gets=← ne=≠ land=∧ lor=∨ Re=Re Im=Im R=ℝ RR=ℝ eps=ε models=⊨ lbrack=[
    rbrack=] hertz=Hz meter=m second=s gram=g watt=W volt=V nano=n micro=µ milli=m kilo=k choose=␣choose␣
    Slash=/ slash=/ textasciicircum=^ quad=␣ qquad=␣ enspace=␣ enskip=␣ thinspace=␣ today=today id=id triangleq=≜
    prime=′ S=§ P=¶ copyright=© pounds=£ textbar=| vert=| ast=* star=⋆ checkmark=✓ bmod=␣mod␣ sim=∼ top=⊤ textquote=
    neg=¬ ddag=‡ ddagger=‡ triangle=△ coloneqq=≔ defeq=≔ eqsim=≂ leadsto=⇝ vDash=⊨ lhd=⊲ rhd=⊳ impliedby=⟸ owns=∋
    biguplus=⨄ bigsqcup=⨆ bigstar=★ grad=∇ imath=ı jmath=ȷ restriction=↾ hdots=… ldotp=. mathellipsis=… lq=‘ rq=’
    glqq=„ grqq=“ textunderscore=_ textbraceleft={ textbraceright=} circledR=® euro=€ yen=¥ cent=¢ permil=‰ female=♀
    cmark=✓ xmark=✗ celsius=°C degreeCelsius=°C um=µm arcmin=′ arcsec=″ kilogram=kg metre=m
    nolinebreak= textcompwordmark= |=‖ \\=␣ ,=␣ ;=␣ :=␣ >=␣ -= /= @= != (= )= [= ]= %=% &=& $=$ #=# _=_ {={ }=} ~=~"""
) | {" ": " "}


def _symbols() -> Mapping[str, str]:
    """pylatexenc's signs, without those that are templates or invisible."""
    table = {spec.macroname: spec.simplify_repl for spec in get_default_latex_context_db().iter_macro_specs()}
    fixed = {name: sign for name, sign in table.items() if isinstance(sign, str) and sign.isprintable() and sign}
    return {name: sign for name, sign in fixed.items() if "%" not in sign and "<" not in sign} | _OWN


SYMBOLS = _symbols()
LETTERS = frozenset(name for name, sign in SYMBOLS.items() if sign.isalpha() and not sign.isascii())

EQUATIONS = _names("equation displaymath math align aligned gather multline eqnarray split")
TABLES = _names("tabular array minipage")  # their first argument is how they look

# Macros that authors define alike, by the signs around their argument.
ENCLOSED: Mapping[str, tuple[str, str]] = {
    "norm": ("‖", "‖"),
    "abs": ("|", "|"),
    "bra": ("⟨", "|"),
    "ket": ("|", "⟩"),
    "braket": ("⟨", "⟩"),
    "floor": ("⌊", "⌋"),
    "ceil": ("⌈", "⌉"),
    "set": ("{", "}"),
    "paren": ("(", ")"),
}

BLACKBOARD = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))
SPLIT_GREEK = {"b": {"eta": "β"}, "k": {"appa": "κ"}, "r": {"ho": "ρ"}}  # `\k{appa}`: what a form made of `\kappa`
ROOTS = {"3": "∛", "4": "∜"}

# Accents as combining characters.
MARKS: Mapping[str, str] = {
    **dict.fromkeys(("'", "acute"), "\u0301"),
    **dict.fromkeys(("`", "grave"), "\u0300"),
    **dict.fromkeys(("^", "hat", "widehat"), "\u0302"),
    **dict.fromkeys(("~", "tilde", "widetilde"), "\u0303"),
    **dict.fromkeys(("=", "bar", "overline"), "\u0304"),
    **dict.fromkeys(("u", "breve"), "\u0306"),
    **dict.fromkeys((".", "dot"), "\u0307"),
    **dict.fromkeys(('"', "ddot"), "\u0308"),
    **dict.fromkeys(("r", "mathring"), "\u030a"),
    **dict.fromkeys(("v", "check"), "\u030c"),
    "H": "\u030b",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
    "vec": "\u20d7",
}
