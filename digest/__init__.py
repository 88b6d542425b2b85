"""Mails every subscriber, once a day at an hour of their own, the papers that are trending and relevant to them.

The day as a pipe:

    ingest    source ─ fetch ─ parse ─▶ papers, signals               every N minutes, per source
    publish   papers + signals ─ trend ─▶ edition (frozen)            once a day
    enqueue   edition × due subscribers ─ select ─▶ deliveries        each tick: "who is due?" is a query
    deliver   delivery ─ render ─ message ─ SMTP ─ reply ─▶ outcome   each tick

One file each in `jobs/`. No job calls another; they meet in the store only.
"""
