"""The image: its rules, and its build steps done as they stand, without a Docker engine."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.deploy import PROJECT, SERVICES, lacking
from tests.deploy.dockerfile import read_dockerfile

BUILD, FINAL = read_dockerfile(PROJECT / "Dockerfile")
_URL = re.compile(rb'"url":"(http://[^"]+)"')


def test_base_images_are_pinned_to_a_version() -> None:
    for stage in (BUILD, FINAL):
        assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", stage.image)
    assert BUILD.image == FINAL.image


def test_final_stage_installs_nothing_and_takes_only_the_environment_from_the_build() -> None:
    for run in FINAL.all("RUN"):
        assert not re.search(r"\b(apt|apt-get|pip|uv|curl|wget|gcc)\b", run.text)
    assert [copy.text for copy in FINAL.all("COPY")] == [
        "--from=build /app/.venv .venv",
        "programme programme",
    ]


def test_process_is_not_root_and_by_number() -> None:
    (user,) = FINAL.all("USER")
    last_run = max(FINAL.instructions.index(run) for run in FINAL.all("RUN"))

    assert user.text == "10001:10001"
    assert FINAL.instructions.index(user) > last_run


def test_dependencies_are_a_layer_of_their_own_from_the_lock() -> None:
    steps = [i for i in BUILD.instructions if i.name in ("COPY", "RUN")]
    syncs = [i for i, step in enumerate(steps) if "uv sync" in step.text]
    source = next(i for i, step in enumerate(steps) if step.text == "services services")

    assert syncs[0] < source < syncs[1]
    assert all({"--frozen", "--no-dev"} <= set(steps[i].words) for i in syncs)
    assert "--no-install-project" in steps[syncs[0]].words
    assert "--no-editable" in steps[syncs[1]].words
    assert re.search(r"\buv==\d", BUILD.all("RUN")[0].text)


def test_health_check_asks_livez_on_the_port_of_the_image() -> None:
    (check,) = FINAL.all("HEALTHCHECK")
    (port,) = FINAL.all("EXPOSE")

    assert port.text == FINAL.environment["REQUITE_PORT"]
    assert f"http://127.0.0.1:{port.text}/livez" in check.text
    assert FINAL.environment["REQUITE_HOST"] == "0.0.0.0"


def test_ignore_file_lets_in_what_is_copied_and_nothing_else() -> None:
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {
        source
        for stage in (BUILD, FINAL)
        for copy in stage.all("COPY")
        if not copy.text.startswith("--from")
        for source in copy.words[:-1]
    }

    assert lines[1] == "*"
    assert allowed == copied


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the image has as /app, made by the Dockerfile's own steps."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        lacking("the image's build steps: uv is not on PATH")
    app = tmp_path_factory.mktemp("image") / "app"
    app.mkdir()
    for step in BUILD.instructions:
        if step.name == "COPY":
            _copy(step.words, app)
        elif step.name == "RUN" and step.words[:2] == ["uv", "sync"]:
            subprocess.run([uv, *step.words[1:]], cwd=app, env=_build_environment(), check=True)
    _copy(FINAL.all("COPY")[1].words, app)
    return app


@pytest.mark.slow
@pytest.mark.xdist_group("image")
def test_files_beside_the_code_are_in_the_image(image: Path) -> None:
    (packages,) = image.glob(".venv/lib/python3.*/site-packages")
    suffixes = {".json", ".yaml", ".html", ".css", ".j2"}
    for package in ("services", "shared"):
        wanted = {
            file.relative_to(PROJECT)
            for file in (PROJECT / package).rglob("*")
            if file.suffix in suffixes
        }
        assert wanted
        assert {file for file in wanted if not (packages / file).is_file()} == set()
    assert not (packages / "pytest").exists()


@pytest.mark.slow
@pytest.mark.xdist_group("image")
def test_image_serves_by_its_own_command(image: Path, tmp_path: Path) -> None:
    (command,) = FINAL.all("CMD")
    with _running(image, command.words, tmp_path) as (process, url):
        assert httpx.get(f"{url}/livez").text == "alive\n"
        assert httpx.get(f"{url}/readyz").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.slow
@pytest.mark.xdist_group("image")
def test_every_service_can_be_picked_by_command(image: Path) -> None:
    for name in SERVICES:
        found = subprocess.run(
            [image / ".venv/bin/python", "-c", f"import services.{name}.__main__"],
            cwd="/",
            env=_run_environment(image, image),
            check=False,
        )
        assert found.returncode == 0


@contextmanager
def _running(
    image: Path, command: list[str], data: Path
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The image's command on this machine, and the URL that it listens on."""
    process = subprocess.Popen(
        [image / ".venv/bin" / command[0], *command[1:]],
        cwd="/",
        env=_run_environment(image, data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert process.stdout is not None
        urls = (found[1].decode() for line in process.stdout if (found := _URL.search(line)))
        yield process, next(urls)
    finally:
        process.kill()
        process.communicate()


def _copy(words: list[str], app: Path) -> None:
    *sources, target = words
    for source in sources:
        if (PROJECT / source).is_dir():
            skip = shutil.ignore_patterns("__pycache__", "Kustomization")
            shutil.copytree(PROJECT / source, app / target, ignore=skip)
        else:
            shutil.copy(PROJECT / source, app / target / Path(source).name)


def _build_environment() -> dict[str, str]:
    own = {name: value for name, value in BUILD.environment.items() if name != "UV_NO_CACHE"}
    kept = {n: v for n, v in os.environ.items() if n not in ("VIRTUAL_ENV", "UV_PROJECT")}
    return kept | own


def _run_environment(image: Path, data: Path) -> dict[str, str]:
    own = {n: v.replace("/app/", f"{image}/") for n, v in FINAL.environment.items()}
    here = {"REQUITE_HOST": "127.0.0.1", "REQUITE_PORT": "0", "REQUITE_DATA_DIR": str(data)}
    return own | here | {"PATH": f"{image}/.venv/bin:{os.environ['PATH']}"}
