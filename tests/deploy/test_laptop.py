"""What runs the bundle without a checkout: the archives of a release, and the container file."""

import json
import pathlib
import re
import shlex
import subprocess
import tarfile
import tempfile
import unittest

from test_release import script
from test_workflows import steps, workflow
from translated import ROOT

LAPTOP = script("laptop")


class Archive(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.built, self.to = pathlib.Path(folder.name, "built"), pathlib.Path(folder.name)
        self.built.mkdir()
        for name in (*LAPTOP.PROGRAMS, *LAPTOP.FUNCTIONS):
            (self.built / name).write_text(f"#!/bin/sh\necho {name}\n")

    def test_it_unpacks_to_a_folder_in_which_everything_lies_where_it_is_looked_for(self):
        archive = LAPTOP.pack(self.built, "1.2.3", self.to)
        self.assertRegex(archive.name, r"^wechat-functions-1\.2\.3-[a-z]+-\w+\.tar\.gz$")
        with tarfile.open(archive) as packed:
            packed.extractall(self.to, filter="data")
        unpacked = self.to / archive.name.removesuffix(".tar.gz")
        template = (unpacked / "template.yaml").read_text()
        wanted = set(re.findall(r"BuildProperties: { Binary: ([\w-]+) }", template))
        self.assertEqual({file.name for file in (unpacked / "functions").iterdir()}, wanted)
        for name in (*LAPTOP.PROGRAMS, *(f"functions/{name}" for name in wanted)):
            said = subprocess.run([unpacked / name], check=True, capture_output=True, text=True)
            self.assertEqual(said.stdout.strip(), pathlib.Path(name).name)
        demo = (ROOT / "infra/local/src/demo.rs").read_text()
        for name in re.findall(r'workspace\(\)\.join\("(.+?)"\)', demo):
            self.assertTrue((unpacked / name).is_file(), name)

    def test_the_same_binaries_give_the_same_archive(self):
        first = LAPTOP.pack(self.built, "1", self.to).read_bytes()
        self.assertEqual(LAPTOP.pack(self.built, "1", self.to).read_bytes(), first)

    def test_a_binary_that_is_missing_is_named(self):
        (self.built / "send").unlink()
        with self.assertRaisesRegex(SystemExit, "send is not there; cargo build --workspace --bins"):
            LAPTOP.pack(self.built, "1", self.to)

    def test_a_release_packs_and_tries_it_on_each_system_and_publishes_it(self):
        jobs = workflow("release")["jobs"]
        runners = jobs["laptop"]["strategy"]["matrix"]["runner"]
        self.assertEqual(len(runners), 4)
        self.assertEqual({runner.split("-")[0] for runner in runners}, {"ubuntu", "macos"})
        self.assertIn('infra/release/laptop "$GITHUB_REF_NAME"', [step.get("run") for step in steps(jobs["laptop"])])
        self.assertIn("laptop", jobs["publish"]["needs"])


class Container(unittest.TestCase):
    def setUp(self):
        text = (ROOT / "Containerfile").read_text()
        lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text)).splitlines()
        self.steps = [line.split(maxsplit=1) for line in lines if line.strip()]

    def all(self, instruction):
        return [words for name, words in self.steps if name == instruction]

    def test_every_instruction_is_one(self):
        known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}
        self.assertEqual({name for name, _ in self.steps}, known)

    def test_what_is_copied_is_there_and_not_left_out(self):
        stages = {words.split(" AS ")[1] for words in self.all("FROM") if " AS " in words}
        left_out = (ROOT / ".dockerignore").read_text().split()
        for words in self.all("COPY"):
            flags = [word for word in shlex.split(words) if word.startswith("--")]
            sources = [word for word in shlex.split(words) if not word.startswith("--")][:-1]
            of = [flag.removeprefix("--from=") for flag in flags if flag.startswith("--from=")]
            self.assertLessEqual(set(of), stages)
            for source in sources if not of else []:
                self.assertTrue((ROOT / source).exists(), source)
                self.assertNotIn(source.split("/")[0], left_out)

    def test_shells_take_every_command(self):
        for command in self.all("RUN"):
            subprocess.run(["sh", "-n", "-c", command], check=True)

    def test_it_is_built_with_the_rust_of_the_house(self):
        [image, _] = self.all("FROM")
        version = (ROOT / ".ci/toolchain").read_text().strip().rsplit(".", 1)[0]
        self.assertIn(f"/rust:{version}-", image)

    def test_nobody_special_runs_it_on_the_ports_that_are_open(self):
        [user], [ports], [entry] = self.all("USER"), self.all("EXPOSE"), self.all("ENTRYPOINT")
        self.assertNotIn(user.split(":")[0], ("0", "root"))
        program, *flags = json.loads(entry)
        self.assertEqual({place.rsplit(":", 1)[1] for place in flags[1::2]}, set(ports.split()))
        [bundle] = [words.split()[-1] for words in self.all("COPY") if "/bundle" in words]
        self.assertEqual(program, f"{bundle}/wechat-functions")

    def test_its_flags_are_those_of_the_program(self):
        sources = [(ROOT / name).read_text() for name in ("infra/local/src/cli.rs", "infra/sam-local/src/arguments.rs")]
        known = {f"--{name.replace('_', '-')}" for text in sources for name in re.findall(r"^    (?:pub )?(\w+): ", text, re.M)}
        words = [word for line in self.all("ENTRYPOINT") + self.all("CMD") for word in json.loads(line)]
        self.assertLessEqual({word for word in words if word.startswith("--")}, known)


if __name__ == "__main__":
    unittest.main()
