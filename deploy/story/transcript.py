#!/usr/bin/python3
"""Puts a fresh transcript of the demo into the READMEs: the setting, some steps and the end, as the story printed them.

    deploy/story/transcript.py --bin build/release/bin

Between the two lines that mark it, in each README, everything is replaced. Exit code 0; else that of the story, and
nothing is changed.
"""
import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
READMES = ("README.md", "README.zh.md")
BEGIN = "<!-- transcript: deploy/story/transcript.py writes it -->\n```\n"
END = "```\n<!-- end of transcript -->\n"
# Words of the titles of the parts that a reader should see first.
SHOWN = ("Setting", "three are granted", "Not shared", "masked", "true, false or unknown", "dies", "repealed", "merge",
         "What may tax see")


def parts_of(text):
    """The story in parts, each with its title; the last line, which says how it ended, is one of them."""
    return [part.strip("\n") for part in re.split(r"\n{2,}", text) if part.strip()]


def shown_of(text):
    parts = parts_of(text)
    chosen = [part for part in parts[:-1] if any(words in part.split("\n")[0] for words in SHOWN)]
    return "\n\n".join([*chosen, "...", parts[-1]]) + "\n"


def put(readme, transcript):
    """The README's text with this transcript in place of the one that it has."""
    before, _, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("the two lines that mark the transcript are not there")
    return before + BEGIN + transcript + END + after


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of the programs")
    options = parser.parse_args()
    story = subprocess.run([sys.executable, os.path.join(HERE, "story.py"), "--once", "--bin", options.bin],
                           stdout=subprocess.PIPE, text=True, check=False)
    if story.returncode != 0:
        print(story.stdout)
        return story.returncode
    for name in READMES:
        path = os.path.join(ROOT, name)
        with open(path, encoding="utf-8") as file:
            text = put(file.read(), shown_of(story.stdout))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
