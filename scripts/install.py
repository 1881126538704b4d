"""Make `.venv` hold what constraints.txt pins and the kit itself; do nothing when it already does.

Called by every target of the Makefile that needs the environment. The full output of pip is in .venv/install.log.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
LOG = VENV / "install.log"
INPUTS = ("requirements.txt", "constraints.txt", "pyproject.toml")


def main() -> None:
    """Create and fill the environment if an input, its place or its Python changed."""
    if sys.version_info < (3, 11):
        sys.exit(f"The kit needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted and works():
        return
    started = time.monotonic()
    packages = len((ROOT / "constraints.txt").read_text().splitlines())
    if works():
        print("Bringing .venv up to date …", flush=True)
    else:
        print(f"Installing about {packages} packages into .venv: a minute or two …", flush=True)
        create()
    STAMP.unlink(missing_ok=True)
    LOG.write_text("")
    pip(packages, "--requirement", "requirements.txt", "--constraint", "constraints.txt")
    # without build isolation pip needs no network here: setuptools is in .venv already
    pip(1, "--no-deps", "--no-build-isolation", "--editable", ".")
    STAMP.write_text(wanted)
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def fingerprint() -> str:
    """What the environment depends on, as one line; the path counts because the kit is installed in place."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def works() -> bool:
    """Whether `.venv` has a Python that starts, is new enough and has pip."""
    probe = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", probe], capture_output=True).returncode == 0


def create() -> None:
    """Make a new, empty `.venv`, in place of a broken one."""
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode:
        print(made.stdout + made.stderr, file=sys.stderr)
        sys.exit("Could not create .venv. On Debian and Ubuntu the missing part is: apt install python3-venv")


def pip(packages: int, *arguments: str) -> None:
    """Run `pip install`, showing how far it is; ends the program with pip's last words when it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    seen = 0
    with (
        LOG.open("a") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running,
    ):
        for line in running.stdout or ():
            log.write(line)
            if line.startswith(("Collecting ", "Processing ")):
                seen += 1
                show(f"  {seen} of {packages} packages found", seen % 40 == 0)
            elif line.startswith("Installing collected packages") and seen > 1:
                show(f"  {seen} packages found, unpacking …", True)
    if running.returncode:
        print("\n".join(LOG.read_text().splitlines()[-15:]), file=sys.stderr)
        sys.exit(f"pip failed; its whole output is in {LOG.relative_to(ROOT)}")


def show(text: str, milestone: bool) -> None:
    """One line that is rewritten on a terminal; elsewhere only the milestones, each on its own line."""
    if sys.stdout.isatty():
        print(f"\r{text:<60}", end="\n" if text.endswith("…") else "", flush=True)
    elif milestone:
        print(text, flush=True)


if __name__ == "__main__":
    main()
