"""Which language to speak: the customer's own, else what the browser asks for, else the shop's."""

from collections.abc import Collection, Iterator

from shared.programme.languages import best_language

_MOST = 20


def choose(available: Collection[str], locale: str | None, accepted: str, default: str) -> str:
    """One of `available`, in which `default` is; `accepted` is the value of Accept-Language."""
    for wanted in (*filter(None, (locale,)), *preferred(accepted)):
        found = best_language(available, wanted, wanted)
        if found is not None:
            return found
    return best_language(available, default, default) or next(iter(available))


def preferred(accepted: str) -> list[str]:
    """The tags of an Accept-Language value (RFC 9110, section 12.5.4), most wanted first."""
    weighed = sorted(_weighed(accepted), key=lambda one: -one[0])
    return [tag for weight, tag in weighed if weight > 0]


def _weighed(accepted: str) -> Iterator[tuple[float, str]]:
    for item in accepted.split(",")[:_MOST]:
        tag, _, parameter = item.partition(";")
        name, _, weight = parameter.partition("=")
        if tag.strip() in ("", "*"):
            continue
        try:
            yield (float(weight) if name.strip() == "q" else 1.0), tag.strip()
        except ValueError:
            continue
