"""What it costs is what the docs say, and inside its budget."""

import importlib.machinery
import importlib.util
import pathlib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def costs():
    """The script `infra/costs`, whose name has no ending."""
    loader = importlib.machinery.SourceFileLoader("costs", str(ROOT / "infra/costs"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("costs", loader))
    loader.exec_module(module)
    return module


class Costs(unittest.TestCase):
    def test_the_docs_show_what_the_script_prints(self):
        self.assertIn(costs().table() + "\n", (ROOT / "docs/costs.md").read_text(), "just costs > the table of docs/costs.md")

    def test_a_million_pushes_cost_at_most_four_dollars(self):
        sums = {name: sum(cost for cost, _, _ in taken) for name, taken in costs().parts()}
        self.assertLessEqual(sums["a million pushes that a rule answers"], 4.0)
        self.assertGreater(len(sums), 5)


if __name__ == "__main__":
    unittest.main()
