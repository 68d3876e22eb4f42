"""In which line of a YAML file something stands: for what is told of a pack's mistakes, and for nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from gateway.pack_files import MinistryFile
from services.backends.settings_mistakes import Mistake

MINISTRIES = "ministries.yaml"


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line (from 1) of the key at the end of `path`, or of the last one on the way that is there.

    The file is composed a second time, only for its marks: what the pack means is read without them.
    """
    try:
        node = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return None
    line = None
    for key in path:
        found = _entry(node, key)
        if found is None:
            break
        line, node = found
    return line


def told(directory: Path, mistakes: Sequence[Mistake]) -> list[str]:
    """Each mistake of `ministries.yaml` as one line of text: file, line, keys, what is wrong."""
    text = (directory / MINISTRIES).read_text("utf-8-sig")
    lines = [(line_of(text, ("ministries", *mistake.path)), mistake) for mistake in mistakes]
    # What several operations share (a YAML anchor) is wrong once.
    once = {(line, mistake.says): (line, mistake) for line, mistake in reversed(lines)}
    ordered = sorted(once.values(), key=lambda pair: pair[0] or 0)
    return [f"{MINISTRIES}{f':{line}' if line else ''}: {mistake}" for line, mistake in ordered]


def by_key(ministries: Mapping[str, MinistryFile], mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Mistakes that name a ministry as it is called in metrics, by its key in the file instead."""
    keys = {ministry.address.name: key for key, ministry in ministries.items()}
    return [Mistake((keys.get(one.path[0], one.path[0]), *one.path[1:]), one.says) if one.path else one
            for one in mistakes]  # fmt: skip


def _entry(node: yaml.Node | None, key: str) -> tuple[int, yaml.Node] | None:
    """The line of a key and what stands under it; items of a list are called 0, 1, 2…"""
    if isinstance(node, yaml.SequenceNode) and key.isdecimal() and int(key) < len(node.value):
        item = node.value[int(key)]
        return item.start_mark.line + 1, item
    if not isinstance(node, yaml.MappingNode):
        return None
    for name, value in node.value:
        if _said(name) == key:
            return name.start_mark.line + 1, value
    merged = (value for name, value in node.value if name.value == "<<")
    return next((found for value in merged if (found := _entry(value, key))), None)


def _said(node: yaml.Node) -> str:
    """A key as the settings' reader calls it: `no` is `false`, as YAML has it."""
    if node.tag == "tag:yaml.org,2002:bool":
        return "true" if str(node.value).lower() in ("yes", "true", "on") else "false"
    return str(node.value)
