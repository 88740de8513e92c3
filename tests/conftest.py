"""What all tests share."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

os.environ["RECOLLECT_MODELS"] = os.devnull  # so that no test goes by what is installed on its machine
pytest.register_assert_rewrite("conformance.plain_model")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job ignores it; tests interrupt themselves and their children
    signal.signal(signal.SIGINT, signal.default_int_handler)

# the same examples in every run, so that a failure is the code's; "pytest --hypothesis-profile search" looks for new ones
settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=False, database=None)
settings.register_profile("search", deadline=None, max_examples=1000, stateful_step_count=80)
settings.load_profile("default")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud which servers were missing."""
    from servers.wanted import summary

    for line in summary():
        terminalreporter.write_line(line, red=True, bold=True)
