import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_s_script_is_printed(recollect, shell):
    result = recollect("completion", shell)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"_RECOLLECT_COMPLETE={shell}_complete" in result.stdout


def test_bash_completes_commands_and_options():
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    script = 'eval "$(recollect completion bash)"; COMP_WORDS=(recollect %s); COMP_CWORD=1; _recollect_completion recollect; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script % "ses"], env=environment, check=True, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("sessions", "")


def test_an_unknown_shell_is_refused(recollect):
    result = recollect("completion", "csh")
    assert result.exit_code == 2
    assert "bash" in result.stderr
