"""aiokafka's errors in this project's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    KafkaTimeoutError,
    KafkaUnavailableError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    UnknownError,
    UnknownProducerId,
)

from shared.errors import Invalid, Unavailable

# Not called retriable by aiokafka, but over once the client has been replaced.
_PASSING_WITH_THE_CLIENT = (
    ConsumerStoppedError,
    CorruptRecordException,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaTimeoutError,
    KafkaUnavailableError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    UnknownError,
    UnknownProducerId,
)


@contextmanager
def kafka_errors() -> Iterator[None]:
    """Turns errors that pass into Unavailable and a record's size into Invalid.

    The rest (authorisation, configuration) are for people to mend and stay as they are.
    """
    try:
        yield
    except MessageSizeTooLargeError as error:
        raise Invalid("the record is larger than the broker takes") from error
    except (KafkaError, ConsumerStoppedError) as error:
        if passes(error):
            raise Unavailable(f"Kafka: {error!r}") from error
        raise
    except (TimeoutError, OSError) as error:
        raise Unavailable(f"Kafka: {error!r}") from error


def passes(error: Exception) -> bool:
    """Whether trying again later can help."""
    # A bare KafkaError is how aiokafka wraps what it did not expect.
    return (
        getattr(error, "retriable", False)
        or isinstance(error, _PASSING_WITH_THE_CLIENT)
        or type(error) is KafkaError
    )
