"""The reference for ingest: FastAPI, a Pydantic model, `await producer.send_and_wait`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from pydantic import BaseModel


class Purchase(BaseModel):
    order_id: str
    total: Decimal
    currency: str
    channel: str | None = None


class Event(BaseModel):
    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: Purchase


def create_app(bootstrap: str, topic: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
            app.state.producer = producer
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/events", status_code=202)
    async def take(event: Event) -> dict[str, int]:
        await app.state.producer.send_and_wait(
            topic, event.model_dump_json().encode(), key=event.subject.encode()
        )
        return {"accepted": 1}

    @app.post("/v1/events/batch", status_code=202)
    async def take_many(events: list[Event]) -> dict[str, int]:
        sent = [
            await app.state.producer.send(
                topic, event.model_dump_json().encode(), key=event.subject.encode()
            )
            for event in events
        ]
        await asyncio.gather(*sent)
        return {"accepted": len(events)}

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(sys.argv[1], sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[3]),
        access_log=False,
        log_level="warning",
    )
