"""`sam build`, as README has people do it first: SAM's own CLI, a clean checkout, and a Rust that has no other target yet.

    tests/deploy/build.py --tools DIR      DIR holds cargo-lambda and python-zig, as infra/release/requirements.txt brings them

Two of the nine functions, without optimisation: each build but the first costs about half a minute more, and what breaks
one after another or side by side breaks with two. Callback, because the rules are built in; EraseUser, because it is small
and has other features of `shared`. That each of the nine compiles alone is checked by `cargo check`, and all nine are built
for release by the workflow that publishes them.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
SAM = pathlib.Path(sys.executable).with_name("sam")
BUILT = ("Callback", "EraseUser")
MACHINE = "aarch64-unknown-linux-gnu"
RULES = "functions/callback/rules.toml"
FAULTY = "[[rule]]\nkeyward = 'ping'\nreply = 'pong'\n"
REFUSED = f"{RULES}:2:1: unknown field 'keyward'"


def checkout(folder):
    """The files under version control as they stand here, and nothing that was built."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def rust(environment):
    """A toolchain of its own, without the target that Lambda's machines need; `None` where it cannot be had."""
    toolchain = (ROOT / ".ci/toolchain").read_text().strip()
    rustup = lambda *arguments: subprocess.run(["rustup", *arguments], env=environment, capture_output=True, text=True)
    if shutil.which("rustup") and rustup("toolchain", "install", toolchain, "--profile", "minimal", "--no-self-update").returncode == 0:
        rustup("target", "remove", "--toolchain", toolchain, MACHINE)
        return toolchain
    return None


def build(folder, environment, *more):
    """`sam build` of the functions that are tried; its status and all it said."""
    functions = re.findall(r"^  (\w+):\n    Type: AWS::Serverless::Function$", (folder / "template.yaml").read_text(), re.M)
    left_out = [word for name in functions if name not in BUILT for word in ("--exclude", name)]
    command = [SAM, "build", *left_out, *more]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def judge(folder, environment):
    """Builds, and builds again with a rule that nobody can use."""
    begun = time.monotonic()
    status, said = build(folder, environment)
    if status:
        sys.exit(f"the first sam build of a clean checkout fails:\n{said}")
    for name in BUILT:
        header = (folder / ".aws-sam/build" / name / "bootstrap").read_bytes()[:20]
        # ELF, and the number of AArch64 as its machine.
        if header[:4] != b"\x7fELF" or int.from_bytes(header[18:20], "little") != 183:
            sys.exit(f"{name} is not built for arm64")
    print(f"sam build of a clean checkout: {time.monotonic() - begun:.0f} s for {' and '.join(BUILT)}", flush=True)
    (folder / RULES).write_text(FAULTY)
    status, said = build(folder, environment)
    if status == 0 or REFUSED not in said:
        sys.exit(f"a faulty rule does not break the build with its own message ({REFUSED}):\n{said}")
    print(f"a faulty rule breaks the build: {REFUSED}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", type=pathlib.Path, required=True)
    tools = parser.parse_args().tools.absolute()
    environment = os.environ | {
        "PATH": os.pathsep.join([str(tools), os.environ["PATH"]]),
        "RUSTUP_HOME": str(TARGET / "sam-build/rustup"),
        "SAM_BUILD_MODE": "debug",
        "SAM_CLI_TELEMETRY": "0",
        "NO_COLOR": "1",
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_INCREMENTAL": "0",
    }
    for taken in ("CARGO_TARGET_DIR", "RUSTUP_TOOLCHAIN"):
        environment.pop(taken, None)
    toolchain = rust(environment)
    if not toolchain:
        print("no rustup, or no toolchain to be had: sam build is not tried")
        return
    environment["RUSTUP_TOOLCHAIN"] = toolchain
    with tempfile.TemporaryDirectory(dir=TARGET / "sam-build", prefix="checkout-") as folder:
        checkout(pathlib.Path(folder))
        judge(pathlib.Path(folder), environment)
    # A cache of `target` would grow by a toolchain; elsewhere it saves the next run a download.
    if os.environ.get("CI"):
        shutil.rmtree(TARGET / "sam-build")


if __name__ == "__main__":
    main()
