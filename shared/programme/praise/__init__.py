"""Thanks are praise only: nothing is sold, and no review is asked for or paid (16 CFR 465.4)."""

from shared.programme.praise.lint import (
    Fault,
    faults,
    faults_of_source,
    own_words,
    praise_faults_of,
)

__all__ = ["Fault", "faults", "faults_of_source", "own_words", "praise_faults_of"]
