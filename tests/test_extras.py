"""Without an optional package, the command that installs it is told."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
sys.modules[sys.argv[1]] = None
from recollect import Memory, MissingExtra
try:
    Memory(sys.argv[2])
except MissingExtra as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("module", "url", "told"),
    [
        ("psycopg", "postgresql://127.0.0.1/x", "psycopg is not installed; run: pip install 'recollect[postgresql]'"),
        ("pymysql", "mysql://127.0.0.1/x", "PyMySQL is not installed; run: pip install 'recollect[mysql]'"),
        ("redis", "redis://127.0.0.1", "redis is not installed; run: pip install 'recollect[redis]'"),
    ],
)
def test_a_driver_that_is_absent_is_told_with_what_installs_it(module: str, url: str, told: str) -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, module, url]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == f"{told}\n"


def test_a_bucket_without_its_client_is_told_with_what_installs_it() -> None:
    program = (
        "import sys; sys.modules['boto3'] = None\nfrom recollect import MissingExtra\nfrom recollect.transfer import restore\n"
        "try: restore('s3://bucket/x', 'memory://')\nexcept MissingExtra as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "boto3 is not installed; run: pip install 'recollect[s3]'\n"
