"""The workflows: whose actions they use, who of them may write, and what they deploy with which identity."""

import pathlib
import re
import shlex
import subprocess
import sys
import unittest

import yaml

from refusing import refusing
from translated import ROOT

FOLDER = ROOT / ".github/workflows"
SAM = pathlib.Path(sys.executable).with_name("sam")


def workflow(name):
    """A workflow as it is read; YAML takes the key `on` for a truth."""
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text())


def steps(job):
    return job.get("steps", [])


class All(unittest.TestCase):
    def jobs(self):
        for path in FOLDER.glob("*.yml"):
            for name, job in workflow(path.stem)["jobs"].items():
                yield f"{path.stem}: {name}", job

    def test_every_action_is_pinned_by_its_commit(self):
        found = 0
        for path in FOLDER.glob("*.yml"):
            for used in re.findall(r"uses: (.+)", path.read_text()):
                if used != "./.github/workflows/deploy.yml":
                    self.assertRegex(used, r"^[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", path.name)
                    found += 1
        self.assertGreaterEqual(found, 14)

    def test_one_action_has_one_version(self):
        used = {line for path in FOLDER.glob("*.yml") for line in re.findall(r"uses: (.+@.+)", path.read_text())}
        self.assertEqual(len(used), len({one.split("@")[0] for one in used}))

    def test_only_what_publishes_may_write_and_only_what_publishes_or_deploys_has_an_identity(self):
        for path in FOLDER.glob("*.yml"):
            self.assertEqual(workflow(path.stem)["permissions"], {"contents": "read"}, path.name)
        may = lambda right: {name for name, job in self.jobs() if job.get("permissions", {}).get(right) == "write"}
        self.assertEqual(may("contents"), {"release: publish"})
        self.assertEqual(may("id-token"), {"release: publish", "release: deploy", "deploy: change-set", "deploy: deploy"})

    def test_a_person_can_stand_between(self):
        self.assertEqual(workflow("release")["jobs"]["publish"]["environment"], "release")
        self.assertEqual(workflow("deploy")["jobs"]["deploy"]["environment"], "production")

    def test_no_text_of_others_becomes_a_command(self):
        """What is put into a script by the workflow's own syntax is run, whatever it holds; the environment is only read."""
        for name, job in self.jobs():
            for step in steps(job):
                for written in re.findall(r"\$\{\{\s*([^}]+?)\s*\}\}", step.get("run", "")):
                    self.assertTrue(written.startswith("matrix."), f"{name}: {written}")


class Deploy(unittest.TestCase):
    def setUp(self):
        self.jobs = workflow("deploy")["jobs"]
        self.text = (FOLDER / "deploy.yml").read_text()

    def commands(self):
        for job in self.jobs.values():
            for step in steps(job):
                if "sam deploy" in step.get("run", ""):
                    yield step["run"]

    def test_nothing_runs_without_a_role_or_for_a_fork(self):
        self.assertIn("vars.AWS_CHANGE_SET_ROLE", self.jobs["change-set"]["if"])
        self.assertIn("head.repo.full_name == github.repository", self.jobs["change-set"]["if"])
        self.assertIn("vars.AWS_DEPLOY_ROLE", self.jobs["deploy"]["if"])
        self.assertNotIn("pull_request_target", self.text)
        self.assertNotIn("secrets.", self.text)

    def test_a_pull_request_changes_nothing(self):
        [shown] = [step["run"] for step in steps(self.jobs["change-set"]) if "sam deploy" in step.get("run", "")]
        self.assertIn("--no-execute-changeset", shown)
        self.assertNotIn("AWS_DEPLOY_ROLE", str(self.jobs["change-set"]))

    def test_what_is_compiled_runs_without_keys(self):
        for job in self.jobs.values():
            order = [step.get("uses", step.get("run", "")) for step in steps(job)]
            keys = next(place for place, one in enumerate(order) if "configure-aws-credentials" in one)
            self.assertFalse([one for one in order[keys:] if "sam build" in one or "pip install" in one])

    def test_what_is_deployed_is_what_the_release_has_published(self):
        release = workflow("release")["jobs"]
        self.assertEqual(release["deploy"]["needs"], "publish")
        self.assertEqual(release["deploy"]["uses"], "./.github/workflows/deploy.yml")
        self.assertIn("name: functions-${{ matrix.architecture }}", (FOLDER / "release.yml").read_text())
        self.assertNotIn("sam build", str(self.jobs["deploy"]))

    def test_the_variables_are_those_of_the_guide(self):
        guide = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/deployments.md").read_text(), re.M))
        self.assertEqual(set(re.findall(r"vars\.([A-Z_]+)", self.text)), guide)

    def test_sam_takes_the_commands_up_to_the_first_call_of_aws(self):
        found = 0
        for run in self.commands():
            with refusing() as (asked, environment):
                given = {"STACK_NAME": "wechat-functions", "STACK_PARAMETERS": "LogLevel=WARN ApiRate=100", "WATCH_PARAMETERS": "Email=you@example.com"}
                command = re.sub(r"\S*venv/bin/sam", shlex.quote(str(SAM)), run.split("|")[0])
                done = subprocess.run(["bash", "-euc", command], cwd=ROOT, env=environment | given, capture_output=True, text=True, timeout=120)
                self.assertTrue(asked, done.stderr)
                found += 1
        self.assertEqual(found, 3)


if __name__ == "__main__":
    unittest.main()
