"""What a run says and does where servers cannot be had."""

import pytest

from tests.servers.service import PROJECT

_TESTS = """
import pytest

def test_without_servers():
    pass

def test_kafka(kafka_bootstrap):
    raise AssertionError("never reached")

def test_kafka_again(private_kafka):
    raise AssertionError("never reached")

@pytest.mark.live
def test_marked(request, pytestconfig):
    groups = [mark.args for mark in request.node.iter_markers("xdist_group")]
    assert groups == [("live",)]
"""
_HEADING = "*REQUITE: servers that could not be started*"


@pytest.fixture
def bare_machine(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test file, on a machine without Java, Maven and cached releases."""
    for variable in ("CI", "JAVA_HOME", "REQUITE_TEST_KAFKA", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(variable, raising=False)
    (pytester.path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(pytester.path / "bin"))
    monkeypatch.setenv("REQUITE_CACHE", str(pytester.path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    pytester.makepyfile(_TESTS)
    pytester.makeini("[pytest]\nmarkers = live: needs a server")
    return pytester


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadgroup")])
def test_tests_are_skipped_and_the_summary_says_so(
    bare_machine: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    result = bare_machine.runpytest_subprocess("-p", "tests.fixtures.servers", *workers)
    result.assert_outcomes(passed=2, skipped=2)
    result.stdout.fnmatch_lines([_HEADING, "kafka: *java*", "*SKIPPED*"])
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadgroup")])
def test_in_ci_the_run_fails(
    bare_machine: pytest.Pytester, workers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    result = bare_machine.runpytest_subprocess("-p", "tests.fixtures.servers", *workers)
    result.assert_outcomes(passed=2, skipped=2)
    result.stdout.fnmatch_lines([_HEADING, "*CI=true: the run FAILS*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_run_that_needs_no_server_is_not_blamed(
    bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    result = bare_machine.runpytest_subprocess("-p", "tests.fixtures.servers", "-m", "not live")
    result.assert_outcomes(passed=1, deselected=3)
    result.stdout.no_fnmatch_line(_HEADING)
    assert result.ret == pytest.ExitCode.OK


def test_a_standing_server_is_used_as_it_is(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("REQUITE_TEST_KAFKA", "kafka.example:9092")
    monkeypatch.setenv("REQUITE_TEST_MONGODB_URL", "mongodb://mongo.example")
    pytester.makepyfile(
        """
        def test_standing(kafka_bootstrap, mongodb_url):
            assert kafka_bootstrap == "kafka.example:9092"
            assert mongodb_url == "mongodb://mongo.example"
        """
    )
    pytester.makeini("[pytest]\nmarkers = live: needs a server")
    result = pytester.runpytest_subprocess("-p", "tests.fixtures.servers")
    result.assert_outcomes(passed=1)
