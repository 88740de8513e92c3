"""What is imported, and what is said where it cannot be."""

import subprocess
import sys

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "langchain_core":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
import recollect
try:
    import recollect.adapters.langchain
except recollect.MissingExtra as error:
    print(error)
"""


def run(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_without_langchain_core_the_error_says_what_to_install():
    assert run(BLOCKED) == "langchain-core is not installed; run: pip install 'recollect[langchain]'"


def test_recollect_itself_imports_no_framework():
    assert run("import sys, recollect; print([name for name in sys.modules if name.startswith(('langchain', 'langgraph', 'pydantic'))])") == "[]"


def test_the_adapter_imports_without_a_warning_and_starts_no_thread():
    assert (
        run("import threading, recollect.adapters.langchain as a; print(threading.active_count(), all(hasattr(a, n) for n in a.__all__))") == "1 True"
    )
