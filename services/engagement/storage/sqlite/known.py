"""What is known of a batch of acts before it is scored, from SQLite."""

import sqlite3
from collections.abc import Sequence

from services.engagement.domain.act import Act
from services.engagement.domain.scoring import Known
from services.engagement.ports.books import Live
from services.engagement.storage import wanted
from services.engagement.storage.sqlite import rows
from services.engagement.storage.sqlite.profiles import read_profiles
from services.engagement.storage.standing import survivors_of
from shared.storage.redirects import read_redirects


def read_known(connection: sqlite3.Connection, acts: Sequence[Act], live: Live) -> Known:
    """What the live book, and what stands of customers, say of a batch."""
    book, formula = live.number, live.formula
    standings = dict(rows.standings(connection, {act.origin for act in acts}))
    survivors: dict[str, str] = {}
    merged = [id for id, standing in standings.items() if standing.merged_into is not None]
    if merged:
        survivors = survivors_of(merged, read_redirects(connection, merged))
        standings |= rows.standings(connection, set(survivors.values()))
    targets = [act.withdraws for act in acts if act.withdraws is not None]
    entries = {
        entry.key: entry
        for entry in rows.select(connection, book, "key", wanted.keys(acts, targets))
    }
    withdrawn = [entries.get(key) for key in targets]
    orders = wanted.orders(acts, survivors, withdrawn, formula)
    awaited = wanted.withdrawals(acts, survivors, standings, targets)
    profiles = read_profiles(connection, book, wanted.customers(acts, survivors))
    tracks = wanted.tracks(acts, survivors, withdrawn, profiles, formula)
    return Known(
        entries=entries,
        order_entries=rows.select(connection, book, "order_key", orders),
        track_entries=rows.select_tracks(connection, book, tracks) if tracks else (),
        withdrawals=rows.select(connection, book, "withdraws", awaited),
        profiles=profiles,
        excluded=frozenset(id for id, standing in standings.items() if standing.excluded),
        erased=frozenset(id for id, standing in standings.items() if standing.erased),
        survivors=survivors,
    )
