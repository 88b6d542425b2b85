"""The topics of subscribers, in the order they gave.

In:    a connection inside a transaction; subscribers' ids.
Out:   rows, and Topic values.
Never: a topic twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from digest.model import Topic, TopicKind
from digest.store.database import chunks
from digest.store.tables import TopicRow


def put_topics(conn: Connection, subscriber_id: int, topics: Sequence[Topic]) -> None:
    """In place of those they had."""
    conn.execute(delete(TopicRow).where(col(TopicRow.subscriber_id) == subscriber_id))
    insert_topics(conn, [(subscriber_id, topics)])


def insert_topics(conn: Connection, topics: Iterable[tuple[int, Sequence[Topic]]]) -> None:
    rows = [
        {"subscriber_id": owner, "position": place, "kind": topic.kind, "value": topic.value, "muted": topic.muted}
        for owner, some in topics
        for place, topic in enumerate(dict.fromkeys(some))
    ]
    if rows:
        conn.execute(insert(TopicRow), rows)


def topics_of(conn: Connection, ids: Sequence[int]) -> defaultdict[int, list[Topic]]:
    topics: defaultdict[int, list[Topic]] = defaultdict(list)
    for some in chunks(ids):
        rows = select(TopicRow).where(col(TopicRow.subscriber_id).in_(some))
        for row in conn.execute(rows.order_by(col(TopicRow.subscriber_id), col(TopicRow.position))):
            topics[row.subscriber_id].append(Topic(TopicKind(row.kind), row.value, row.muted))
    return topics
