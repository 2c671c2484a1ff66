"""A Kafka release on this machine: fetched once with Maven, then kept in the cache folder."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import ServerUnavailable

NEWEST = "4.4.0"
OLDEST = "4.0.2"
"""The range of broker releases that the tests are run against."""

_FETCH_SECONDS = 600
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_LOG4J = "2.25.1"
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.requite.tests</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{kafka}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-core</artifactId>
      <version>{log4j}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>{log4j}</version>
    </dependency>
  </dependencies>
</project>
"""


def chosen_version() -> str:
    """The release that REQUITE_TEST_KAFKA_VERSION names, or else the newest that is tested."""
    return os.environ.get("REQUITE_TEST_KAFKA_VERSION") or NEWEST


def kafka_jars(version: str) -> Path:
    """The folder with the broker's jars. Raises ServerUnavailable if it cannot be fetched."""
    cache = _cache_folder()
    jars = cache / version
    if jars.is_dir():
        return jars
    cache.mkdir(parents=True, exist_ok=True)
    with _only_one(cache / f"{version}.lock"):
        if not jars.is_dir():
            with tempfile.TemporaryDirectory(dir=cache, prefix=f"{version}-") as work:
                _fetch(version, Path(work)).rename(jars)
    return jars


def _cache_folder() -> Path:
    own = os.environ.get("REQUITE_CACHE")
    if own:
        return Path(own).resolve() / "kafka"
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "requite" / "kafka"


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(version: str, work: Path) -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerUnavailable("kafka is not in the cache and mvn (Maven) is not on PATH")
    (work / "pom.xml").write_text(_POM.format(kafka=version, log4j=_LOG4J))
    output = f"-DoutputDirectory={work / 'jars'}"
    command = [maven, "--batch-mode", "--quiet", _COPY, output, "-DincludeScope=runtime"]
    try:
        done = subprocess.run(
            command, cwd=work, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ServerUnavailable(f"kafka {version}: Maven took over {_FETCH_SECONDS} s") from error
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-5:])
        raise ServerUnavailable(f"kafka {version} cannot be fetched with Maven:\n{last}")
    return work / "jars"
