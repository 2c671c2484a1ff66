"""Settings: read once at the start from the environment, then passed on as a value."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_PROGRAMME = Path(__file__).resolve().parent.parent / "programme"


class Settings(BaseSettings):
    """Every setting of every service; each is the environment variable `REQUITE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="REQUITE_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    public_url: str | None = Field(
        None,
        description="Where customers reach the pages that mails link to; this process if not set.",
    )
    data_dir: Path = Field(Path("data"), description="Folder of the embedded log and stores.")
    programme_dir: Path = Field(DEFAULT_PROGRAMME, description="Folder of the programme.")
    messaging: Literal["sqlite", "kafka"] = Field("sqlite", description="Which message log.")
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers, host:port,…")
    kafka_replication: int = Field(1, ge=1, description="Replicas of topics created on start.")
    kafka_session_seconds: float = Field(
        45.0, ge=1, le=300, description="A consumer silent for so long loses its partitions."
    )
    storage: Literal["sqlite", "mongodb"] = Field("sqlite", description="Which kind of store.")
    mongodb_url: SecretStr = Field(
        SecretStr("mongodb://127.0.0.1:27017/?replicaSet=rs0"),
        description="MongoDB replica set (transactions need one).",
    )
    api_keys_file: Path | None = Field(
        None, description="File of hashed API keys; `<data_dir>/api-keys.json` if not set."
    )
    webhook_secrets_file: Path | None = Field(
        None,
        description="File of the secrets with which platforms sign their webhooks, by source, YAML"
        " or JSON; `<data_dir>/webhook-secrets.json` if not set.",
    )
    channel_secrets_file: Path | None = Field(
        None,
        description="File of the secrets of channels to customers, by channel, YAML or JSON;"
        " `<data_dir>/channel-secrets.json` if not set.",
    )
    webhook_private: bool = Field(
        False,
        description="Lets channels reach private addresses and plain http, such as a service"
        " inside the same cluster.",
    )
    link_secret: SecretStr | None = Field(
        None, description="Signs links in mails; made on first start when embedded."
    )
    pseudonym_key: SecretStr | None = Field(
        None,
        description="Hashes e-mail addresses and phone numbers to aliases; made on first start"
        " when embedded. With another key nobody is known by theirs any more.",
    )
    unclaimed_capacity: int = Field(
        1_000_000, ge=1, description="Most acts of unknown aliases that wait to be claimed."
    )
    quarantine_capacity: int = Field(
        100_000, ge=1, description="Most refused events that are kept to be mended."
    )
    inbox_capacity: int = Field(
        100_000, ge=1, description="Most deliveries of webhooks that wait to be carried out."
    )
    spool_capacity: int = Field(
        1_000_000, ge=0, description="Most acts that wait in the store while Kafka is away."
    )
    publish_seconds: float = Field(
        2.0, gt=0, le=60, description="An act that Kafka has not taken by then goes to the spool."
    )
    requests_per_second: float = Field(
        0.0, ge=0, description="What an API key may ask of one process, if its own says no other."
    )
    open_profiles: int = Field(
        100, ge=0, description="Most profiles that one process tells the changes of at a time."
    )
    segments_seconds: float = Field(
        300.0,
        ge=1,
        description="How often it is found out anew who belongs to which segment and circle.",
    )
    mail: Literal["file", "smtp"] = Field("file", description="Where mails go.")
    mail_from: str = Field("Requite <thanks@localhost>", description="Sender of mails.")
    mail_reply_to: str | None = Field(
        None,
        description="Mailbox for answers to mails; it must accept plus addressing, since an answer"
        " goes to `<mailbox>+<message id>@<domain>`.",
    )
    mail_bounces: str | None = Field(
        None,
        description="Mailbox for what can't be delivered, with plus addressing as well: the"
        " envelope's sender is `<mailbox>+<message id>@<domain>`. REQUITE_MAIL_FROM's if not set.",
    )
    mail_unsubscribe: str | None = Field(
        None,
        description="Mailbox for mails that unsubscribe; their subject is the token of a"
        " preference page.",
    )
    smtp_url: SecretStr = Field(
        SecretStr("smtp://127.0.0.1:1025"),
        description="Mail server; smtps:// for implicit TLS, smtp+starttls:// to demand STARTTLS.",
    )
    shutdown_seconds: float = Field(20.0, gt=0, description="Time to finish work in flight.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line that is written."
    )

    @model_validator(mode="after")
    def _distributed_needs_shared_secrets(self) -> "Settings":
        if self.messaging == "kafka" and self.link_secret is None:
            raise ValueError("REQUITE_LINK_SECRET must be set when services run apart")
        if self.messaging == "kafka" and self.pseudonym_key is None:
            raise ValueError("REQUITE_PSEUDONYM_KEY must be set when services run apart")
        return self

    @property
    def links_url(self) -> str:
        """What links in mails begin with."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def keys_file(self) -> Path:
        """Where the hashed API keys stand."""
        return self.api_keys_file or self.data_dir / "api-keys.json"

    @property
    def webhook_secrets(self) -> Path:
        """Where the secrets of webhooks stand."""
        return self.webhook_secrets_file or self.data_dir / "webhook-secrets.json"

    @property
    def channel_secrets(self) -> Path:
        """Where the secrets of channels stand."""
        return self.channel_secrets_file or self.data_dir / "channel-secrets.json"
