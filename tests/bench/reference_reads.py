"""The reference for reads: bare FastAPI, a response model, one `find_one` a request."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from pymongo import AsyncMongoClient


class Profile(BaseModel):
    customer: str
    sums: dict[str, float]
    acts: dict[str, int]
    first: int
    last: int


def create_app(url: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncMongoClient[dict[str, Any]](url) as client:
            app.state.profiles = client["requite_engagement"]["profiles_1"]
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/v1/scores/{customer}")
    async def get_score(customer: str) -> Profile:
        found = await app.state.profiles.find_one({"_id": customer})
        if found is None:
            raise HTTPException(404)
        return Profile(
            customer=found["_id"],
            sums=found.get("sums", {}),
            acts=found.get("acts", {}),
            first=found["first"],
            last=found["last"],
        )

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        access_log=False,
        log_level="warning",
    )
