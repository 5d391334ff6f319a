"""What stands beside the code: citation, licences, and what the two guides promise."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_citation_names_this_version_address_and_licence():
    cited, project = yaml.safe_load(read("CITATION.cff")), tomllib.loads(read("pyproject.toml"))
    assert cited["version"] == project["project"]["version"]
    assert cited["url"] == yaml.safe_load(read("_config.yml"))["repository"]["url"]
    assert cited["title"] == yaml.safe_load(read("_config.yml"))["title"]
    assert cited["license"] == "BSD-3-Clause" and cited["authors"]


def test_both_licences_are_there():
    assert "Redistribution and use in source and binary forms" in read("LICENSE")
    assert "Creative Commons Attribution 4.0" in read("LICENSE-text")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_a_guide_names_only_what_exists(name):
    guide = read(name)
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    assert set(re.findall(r"`make ([a-z]+)", guide)) <= targets
    files = re.findall(r"(?:tools|tests|book|captioning|data|experiments)/[\w./-]*\w", guide)
    made = re.compile(r"exempt|book/(?:_edit|20-)|NAME|NN-|data/flickr|_build")
    missing = [f for f in files if not made.search(f) and not (ROOT / f).exists()]
    assert files and not missing
    links = re.findall(r"\]\((?!http)([^)#]+)", guide)
    assert all((ROOT / link).exists() for link in links)
