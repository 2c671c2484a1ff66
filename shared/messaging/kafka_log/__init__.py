"""The message log on Apache Kafka, by aiokafka."""

from shared.messaging.kafka_log.log import KafkaLog, open_kafka_log
from shared.messaging.kafka_log.options import KafkaOptions

__all__ = ["KafkaLog", "KafkaOptions", "open_kafka_log"]
