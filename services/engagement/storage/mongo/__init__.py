"""Scores in a MongoDB database."""

from services.engagement.storage.mongo.customers import MongoCustomerStore
from services.engagement.storage.mongo.schema import MIGRATIONS
from services.engagement.storage.mongo.scores import MongoScoreStore

__all__ = ["MIGRATIONS", "MongoCustomerStore", "MongoScoreStore"]
