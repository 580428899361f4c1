#!/usr/bin/python3
"""Every event id that the code logs has a paragraph in deploy/RUNBOOK.md, and every paragraph an id."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = ("common", "edge_proxy", "frontend_gateway")
# log::info("stream.established", ..., also over two lines and with a level chosen at run time; and ids
# kept in tables, which stand as {"link.attached", ...} beside a word like Level or severity
LOGGED = re.compile(r'log::(?:debug|info|warning|error|write)\(\s*(?:[^"();]*?,\s*)?"([a-z0-9_]+\.[a-z0-9_.]+)"', re.DOTALL)
PARAGRAPH = re.compile(r"^### `([a-z0-9_.]+)`\n+(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)


def logged_ids():
    found = {}
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".cc", ".h"):
                for match in LOGGED.finditer(without_comments(path.read_text())):
                    found.setdefault(match[1], path.relative_to(ROOT))
    return found


def without_comments(text):
    return re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)


def main():
    found = PARAGRAPH.findall((ROOT / "deploy/RUNBOOK.md").read_text())
    paragraphs = dict(found)
    names = [name for name, _ in found]
    logged = logged_ids()
    problems = [f"{path}: {name} has no paragraph in deploy/RUNBOOK.md"
                for name, path in logged.items() if name not in paragraphs]
    problems += [f"deploy/RUNBOOK.md: {name} has {names.count(name)} paragraphs"
                 for name in paragraphs if names.count(name) > 1]
    problems += [f"deploy/RUNBOOK.md: {name} is logged nowhere"
                 for name in paragraphs if name not in logged]
    problems += [f"deploy/RUNBOOK.md: {name} lacks {word}"
                 for name, text in paragraphs.items() for word in ("Means:", "Check:", "Do:")
                 if word not in text]
    if not logged:
        problems.append("no event id was found in the code: has log:: another name now?")
    print("\n".join(problems) or f"{len(logged)} event ids, each with its paragraph")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
