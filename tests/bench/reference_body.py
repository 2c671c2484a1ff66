"""The reference for webhooks: a bare FastAPI route that reads the body and answers."""

import sys

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/v1/webhooks/{source}")
async def receive(source: str, request: Request) -> dict[str, int]:
    """No check, no parsing, nothing kept."""
    return {"bytes": len(await request.body())}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
