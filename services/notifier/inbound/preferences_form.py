"""What a form of the preference page says; whatever it should not say counts as not said."""

from typing import get_args

from starlette.datastructures import FormData

from services.notifier.domain.choices import Answers, Choices
from services.notifier.domain.preferences import Frequency
from services.notifier.pages.rendering import PAUSES

DAY_MS = 86_400_000


def is_form(form: FormData) -> bool:
    """Whether it is one of the page's: a form without ticks says as much as one with them."""
    return str(form.get("revision", "")).isdecimal()


def revision(form: FormData) -> int:
    """What the form was made from; -1 stands for nothing that ever was."""
    text = str(form["revision"])
    return int(text) if text.isascii() and len(text) < 19 else -1


def answers(form: FormData, asked: Choices, now: int) -> Answers:
    """What of `asked` was answered, and how."""
    told = {str(one) for one in form.getlist("asked")}
    ticked = {str(one) for one in form.getlist("purpose")}
    return Answers(
        purposes={one: one in ticked for one in asked.purposes if one in told},
        channels=_channels(form, asked),
        frequency=_frequency(form),
        pause=_pause(form, now),
    )


def _channels(form: FormData, asked: Choices) -> tuple[str, ...] | None:
    """Ways of the same rank stay in the order in which they stood."""
    ranks = {
        name: int(text)
        for name in asked.channels
        if (text := str(form.get(f"channel-{name}", ""))) in _RANKS
    }
    if not ranks:
        return None
    kept = {name: place for place, name in enumerate(asked.channels, 1) if asked.channels[name]}
    wanted = {name: rank for name, rank in (kept | ranks).items() if rank}
    return tuple(sorted(wanted, key=lambda name: (wanted[name], list(asked.channels).index(name))))


_RANKS = frozenset(map(str, range(100)))


def _frequency(form: FormData) -> Frequency | None:
    known: tuple[Frequency, ...] = get_args(Frequency)
    return next((one for one in known if one == form.get("frequency")), None)


def _pause(form: FormData, now: int) -> int | None:
    chosen = str(form.get("pause", ""))
    if chosen == "end":
        return 0
    return now + PAUSES[chosen] * DAY_MS if chosen in PAUSES else None
