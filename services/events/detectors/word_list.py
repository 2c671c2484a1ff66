"""Text analysis by lists of words, after the heuristic of the Savannah CRM.

Its score: 2 for every thankful word, -1 for every doubtful one, 1 for fewer than 20 words, -1 for
more than 50; from 2 on a message counts as thankful. Here the score is halved into a gratitude
that grows towards 1, with 0.5 where the score is 2. What is only hoped for ("thanks in advance")
is no thanks, and a success that is denied ("not solved") is a doubt.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from services.events.detectors.text_analysis import Reading

SHORT, LONG = 20, 50
LONGEST = 4000

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


@dataclass(frozen=True)
class Words:
    """One language. Phrases are lower case, words apart by one space."""

    thanks: tuple[str, ...]
    success: tuple[str, ...]
    doubts: tuple[str, ...]
    denials: tuple[str, ...]
    hopes: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Everything in one pass, the longest phrase first; `hope` wins over `thanks` within it."""
        groups = {
            "hope": self.hopes,
            "thanks": self.thanks,
            "success": self.success,
            "doubt": self.doubts,
        }
        parts = [f"(?P<{name}>{_any(phrases)})" for name, phrases in groups.items()]
        return re.compile(rf"(?<!\S)(?:{'|'.join(parts)})(?!\S)")


def _any(phrases: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))


LANGUAGES = {
    "en": Words(
        thanks=(
            "thanks", "thank you", "thank u", "thx", "many thanks", "cheers", "appreciate",
            "appreciated", "grateful", "helpful",
        ),
        success=(
            "solved", "works", "worked", "working now", "fixed", "helped", "did the trick",
            "did it", "perfect", "perfectly", "resolved",
        ),
        doubts=(
            "still", "unfortunately", "no luck", "however", "but", "doesn't", "didn't", "won't",
            "same problem", "same error", "wrong",
        ),
        denials=(
            "not", "no", "never", "isn't", "wasn't", "hasn't", "haven't", "hadn't", "nothing",
            "neither", "cannot", "can't", "if", "hopefully",
        ),
        hopes=("thanks in advance", "thank you in advance", "any help appreciated",
               "any help is appreciated", "any help would be appreciated", "no thanks"),
    ),
    "es": Words(
        thanks=("gracias", "agradecido", "agradecida", "te agradezco", "se agradece"),
        success=("funciona", "funcionó", "ha funcionado", "resuelto", "solucionado", "me sirvió",
                 "perfecto", "arreglado"),
        doubts=("todavía", "lamentablemente", "pero", "sigue sin", "mismo problema", "mismo error"),
        denials=("no", "nunca", "sin", "nada", "si"),
        hopes=("gracias de antemano", "gracias por adelantado", "no gracias"),
    ),
    "fr": Words(
        thanks=("merci", "remercie", "remercier", "reconnaissant", "reconnaissante"),
        success=("marche", "fonctionne", "a fonctionné", "a marché", "résolu", "réglé", "parfait",
                 "ça m'a aidé"),
        doubts=("toujours pas", "malheureusement", "mais", "même problème", "même erreur"),
        denials=("ne", "pas", "n'est", "n'a", "jamais", "si", "rien"),
        hopes=("merci d'avance", "merci par avance", "non merci"),
    ),
    "de": Words(
        thanks=("danke", "dankeschön", "vielen dank", "besten dank", "herzlichen dank", "dankbar"),
        success=("funktioniert", "geklappt", "klappt", "gelöst", "behoben", "geholfen", "perfekt"),
        doubts=("leider", "aber", "trotzdem", "immer noch", "gleiches problem",
                "dasselbe problem"),
        denials=("nicht", "kein", "keine", "nie", "nichts", "wenn"),
        hopes=("danke im voraus", "vielen dank im voraus", "nein danke"),
    ),
    "pt": Words(
        thanks=("obrigado", "obrigada", "agradeço", "agradecido", "agradecida", "valeu"),
        success=("funcionou", "funciona", "resolvido", "resolveu", "deu certo", "perfeito"),
        doubts=("ainda", "infelizmente", "mas", "mesmo problema", "mesmo erro"),
        denials=("não", "nunca", "nada", "sem"),
        hopes=("obrigado desde já", "obrigada desde já", "não obrigado"),
    ),
}  # fmt: skip


class WordList:
    """`languages` by primary language subtag; a text of none of them is read in all."""

    def __init__(self, languages: dict[str, Words] | None = None) -> None:
        self._languages = languages or LANGUAGES
        self._all = _together(list(self._languages.values()))

    def read(self, text: str, language: str | None = None) -> Reading:
        words = _WORD.findall(text[:LONGEST].replace("’", "'").lower())
        thankful, doubtful = _found(" ".join(words), self._known(language))
        score = 2 * len(thankful) - len(doubtful)
        score += (len(words) < SHORT) - (len(words) > LONG)
        gratitude = gratitude_of(score) if thankful else 0.0
        return Reading(gratitude, tuple(thankful), tuple(doubtful))

    def _known(self, language: str | None) -> Words:
        return self._languages.get((language or "").split("-")[0].lower(), self._all)


def _together(languages: Sequence[Words]) -> Words:
    return Words(
        thanks=tuple(word for one in languages for word in one.thanks),
        success=tuple(word for one in languages for word in one.success),
        doubts=tuple(word for one in languages for word in one.doubts),
        denials=tuple(word for one in languages for word in one.denials),
        hopes=tuple(word for one in languages for word in one.hopes),
    )


def _found(spaced: str, words: Words) -> tuple[list[str], list[str]]:
    good: list[str] = []
    bad: list[str] = []
    for match in words.pattern.finditer(spaced):
        match match.lastgroup:
            case "thanks":
                good.append(match[0])
            case "doubt":
                bad.append(match[0])
            case "success":
                before = spaced[max(0, match.start() - 60) : match.start()].split()[-2:]
                (bad if set(before) & set(words.denials) else good).append(match[0])
    return good, bad


def gratitude_of(score: float) -> float:
    """0 up to a score of 0, 0.5 at 2, towards 1 above."""
    return 1.0 - 2.0 ** (-score / 2) if score > 0 else 0.0
