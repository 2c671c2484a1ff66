# One image for every service: the command picks which. Without a command it runs all four in one
# process, with their data in /var/lib/requite.

FROM python:3.11-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.9
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY README.md LICENSE ./
COPY shared shared
COPY services services
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    REQUITE_HOST=0.0.0.0 \
    REQUITE_PORT=8080 \
    REQUITE_DATA_DIR=/var/lib/requite \
    REQUITE_PROGRAMME_DIR=/app/programme \
    REQUITE_LOG_LEVEL=info
RUN install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/requite
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY programme programme
USER 10001:10001
VOLUME /var/lib/requite
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["requite", "run", "--no-sample"]
