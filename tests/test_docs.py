"""Pages that are made from the code are as the code says."""

import runpy
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "make_docs.py"


def test_the_page_of_checks_is_not_stale() -> None:
    made = runpy.run_path(str(SCRIPT))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), f"stale: run python {SCRIPT.name} in scripts/"


def test_the_page_of_claims_is_not_stale() -> None:
    made = runpy.run_path(str(SCRIPT))
    assert made["CLAIMS_PAGE"].read_text(encoding="utf-8") == made["claims_page"]()
    assert all(claim.heard in made["claims_page"]() for claim in made["CLAIMS"])


def test_the_page_names_every_check_and_every_heading() -> None:
    made = runpy.run_path(str(SCRIPT))
    text = made["page"]()
    for check in made["CHECKS"]:
        section = text.split(f"\n## {check.META.id}\n")[1].split("\n## ")[0]
        assert check.META.title in section
        assert all(f"*{heading}.*" in section for heading in made["HEADINGS"])
