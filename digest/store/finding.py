"""Papers by their words: the full-text index that each kind of database has of its own.

In:    words, categories; a connection.
Out:   statements for the works that have them, the newest first.
Never: a look at every paper; a word that the database would take for an operator.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    type_coerce,
)
from sqlmodel import col

from digest.store.tables import PaperRow

LONGEST, MOST = 40, 8  # characters of a word, words of a question: what more there is plays no part
WINDOW = 20_000  # categories have no index: the newest papers are looked through
_WORD = re.compile(r"[^\W_]+")
_INDEX = table("paper_words", column("rowid"))  # SQLite's, a virtual table
# PostgreSQL's, to the letter as `ix_paper_words` has it; cut, for it takes no text of a megabyte.
_VECTOR: ColumnElement[str] = literal_column(
    "to_tsvector('english', left(title || ' ' || authors || ' ' || abstract, 100000))"
)

Works = Select[Any]

# Rows are numbered as they are first seen.
_LIVING = select(PaperRow).where(col(PaperRow.same_as).is_(None))
_NUMBER = col(PaperRow.id)


def words_of(question: str) -> list[str]:
    """Its words, none twice. What accents, endings and letter case matter is the database's affair."""
    found = (word[:LONGEST].casefold() for word in _WORD.findall(question))
    return list(dict.fromkeys(found))[:MOST]


def having(conn: Connection, words: Sequence[str]) -> Works:
    """The works that have each of the words, of `words_of`, in title, authors or abstract."""
    if conn.dialect.name == "sqlite":
        asked = literal_column("paper_words").op("MATCH")(" ".join(f'"{word}"' for word in words))
        row = _INDEX.c.rowid
        return _LIVING.join_from(_INDEX, PaperRow, row == _NUMBER).where(asked).order_by(row.desc())
    asked = _VECTOR.op("@@")(func.plainto_tsquery("english", " ".join(words)))
    # Left to itself PostgreSQL reads paper after paper for a word that most of them have: half a minute for 100,000. An
    # order by an expression keeps it off the primary key.
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    return _LIVING.where(asked).order_by((_NUMBER + 0).desc())


def listed_in(category: str) -> Works:
    """Those of the last WINDOW works that are in a category, or with `cs.*` in any of the archive."""
    archive = category.removesuffix(".*")
    named = type_coerce(col(PaperRow.categories), Text)
    inside = [named.contains(f'"{archive}"', autoescape=True)]
    if archive != category:
        inside.append(named.contains(f'"{archive}.', autoescape=True))
    long_ago = select(func.max(_NUMBER) - WINDOW).scalar_subquery()
    return _LIVING.where(long_ago < _NUMBER, or_(*inside)).order_by(_NUMBER.desc())
